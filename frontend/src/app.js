// Everything here only adds comfort: each page works with scripts off.
import { conditional } from "./js/conditional.js";
import { dialogs } from "./js/dialogs.js";
import { drafts } from "./js/drafts.js";
import { live } from "./js/live.js";
import { signature } from "./js/signature.js";
import { small } from "./js/small.js";
import { totals } from "./js/totals.js";
import { uploads } from "./js/uploads.js";

for (const enhance of [conditional, dialogs, totals, uploads, drafts, live, signature, small]) enhance(document);
document.documentElement.dataset.ready = "";
