// Running totals while points are typed. Exact: points are whole hundredths. The server's sum is the one that counts.

const SHAPE = /^([+-]?)(\d{1,9})(?:\.(\d{1,2})0*)?$/;

// Points as typed to whole hundredths; null when they are no points.
export function hundredths(typed) {
  const match = SHAPE.exec(String(typed).normalize("NFKC").trim());
  if (!match) return null;
  const size = Number(match[2]) * 100 + Number((match[3] ?? "").padEnd(2, "0"));
  return match[1] === "-" ? -size : size;
}

// Whole hundredths to words, with at least so many decimals and no more zeros than that.
export function points(value, decimals) {
  const size = Math.abs(value);
  let tail = String(size % 100).padStart(2, "0");
  while (tail.length > decimals && tail.endsWith("0")) tail = tail.slice(0, -1);
  return (value < 0 ? "-" : "") + Math.floor(size / 100) + (tail && `.${tail}`);
}

export function totals(root) {
  const outputs = [...root.querySelectorAll("[data-score-total]")];
  const inputs = [...root.querySelectorAll("[data-score]")];
  const decimals = new Map(outputs.map((output) => [output, (output.textContent.split(".")[1] ?? "").trim().length]));

  function refresh() {
    for (const output of outputs) {
      const group = output.dataset.scoreTotal;
      const own = group === "all" ? inputs : inputs.filter((input) => input.dataset.score === group);
      const rest = hundredths(output.dataset.scoreRest ?? "0") ?? 0;
      const sum = own.reduce((total, input) => total + (hundredths(input.value) ?? 0), rest);
      output.textContent = points(sum, decimals.get(output));
    }
  }

  function judge(input) {
    const value = hundredths(input.value);
    const max = hundredths(input.dataset.max ?? "");
    const wrong = input.value.trim() !== "" && (value === null || (max !== null && value > max));
    input.setAttribute("aria-invalid", String(wrong));
  }

  for (const input of inputs) {
    input.addEventListener("input", () => {
      judge(input);
      refresh();
    });
  }
}
