// One key per action on the cleaning page: a button with data-key is pressed by that key.
document.addEventListener("keydown", function (e) {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
  var b = document.querySelector('[data-key="' + CSS.escape(e.key) + '"]');
  if (b) { e.preventDefault(); b.click(); }
});
// An upload says that it is under way.
document.addEventListener("submit", function (e) {
  var b = e.target.querySelector("button[data-busy]");
  if (b) { b.textContent = b.dataset.busy; b.disabled = true; }
});
