"""Sets one page and ends: source and data come by its input, the file leaves by its output."""

import resource
import sys
from typing import Any, Literal

import pylopdf_fonts_zh_cn as fonts
import typst

CPU_SECONDS = 15
MEMORY_BYTES = 2 * 1024**3
DOTS_PER_INCH = 144.0


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    form: Literal["pdf", "png"] = "pdf" if sys.argv[1] == "pdf" else "png"
    source, data = sys.stdin.buffer.read().split(b"\0", 1)
    made: Any = typst.compile(
        source,
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(fonts.sans_path().parent)]),
        format=form,
        ppi=DOTS_PER_INCH,
        sys_inputs={"data": data.decode()},
    )
    sys.stdout.buffer.write(made[0] if isinstance(made, list) else made)


if __name__ == "__main__":
    main()
