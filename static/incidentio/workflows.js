/* The form of a workflow: a reference that was chosen is put into the text beside it, where the cursor is. */
document.addEventListener("change", (event) => {
  const choice = event.target;
  if (!choice.matches("[data-insert]") || !choice.value) return;
  const text = document.getElementById(choice.dataset.insert);
  text.setRangeText(`{{ ${choice.value} }}`, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  choice.value = "";
  text.focus();
});
