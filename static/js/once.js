/* A second press of the same button while the answer is on its way does nothing (the server would refuse it too). */
"use strict";
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  window.setTimeout(() => delete form.dataset.sent, 4000);
});
