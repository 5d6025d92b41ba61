/* A page of texts to be entered elsewhere by hand: a button that copies one field, and the number of letters while somebody types.
   <button data-copy="id" hidden> and <output data-count="id">; without this script the fields can be selected and copied as ever. */
"use strict";
(function () {
  const letters = (text) => Array.from(text.replace(/\r\n/g, "\n")).length;

  async function copy(field) {
    const text = "value" in field ? field.value : field.textContent;
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      if (!field.select) return false;
      field.select();
      return document.execCommand("copy"); // a page without https has no clipboard of its own
    }
  }
  function tell(button, done) {
    const status = document.getElementById("copied");
    const name = button.dataset.name;
    status.textContent = done ? `${name}をコピーしました。` : `${name}をコピーできませんでした。欄を選んでコピーしてください。`;
  }
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      tell(button, await copy(document.getElementById(button.dataset.copy)));
    });
  });
  document.querySelectorAll("[data-count]").forEach((shown) => {
    const field = document.getElementById(shown.dataset.count);
    field.addEventListener("input", () => {
      shown.textContent = String(letters(field.value));
    });
  });
})();
