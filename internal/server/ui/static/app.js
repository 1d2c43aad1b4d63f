// Everything works without this file.

// One key per action: a button or link with data-key is pressed by that key, a
// field gets the focus, and Escape leaves it. Input methods hide the letter, not its key.
document.addEventListener("keydown", function (e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || e.isComposing) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) {
    if (e.key === "Escape") e.target.blur();
    return;
  }
  var key = e.key.length === 1 ? e.key.toLowerCase() : e.code.replace(/^(Key|Digit)/, "").toLowerCase();
  var b = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
  if (!b) return;
  e.preventDefault();
  if (b.tagName === "INPUT") document.addEventListener("keyup", function () { b.focus(); }, { once: true }); // lest the key is typed into it
  else b.click();
});

// Words of the review that are marked with the mouse are those that say what was missed.
document.addEventListener("selectionchange", function () {
  var words = document.querySelector("input[name=words]"), marked = getSelection();
  var quote = marked.anchorNode && marked.anchorNode.parentElement.closest("[data-quote]");
  var text = marked.toString().trim();
  if (!words || !quote || !text || text.length > words.maxLength || !quote.contains(marked.focusNode)) return;
  words.value = text;
  var part = document.querySelector("select[name=part]");
  if (part) part.value = quote.dataset.quote;
});

// A slider beside a number field, each moving the other.
document.querySelectorAll("input[type=number][data-slider]").forEach(function (field) {
  var slider = document.createElement("input");
  slider.type = "range";
  ["min", "max", "step", "value"].forEach(function (name) { slider[name] = field[name]; });
  slider.setAttribute("aria-label", field.dataset.slider);
  slider.addEventListener("input", function () { field.value = slider.value; });
  slider.addEventListener("change", function () { field.form.requestSubmit(); });
  field.addEventListener("input", function () { slider.value = field.value; });
  field.before(slider);
});

// Selects that ask for another view do so at once.
document.addEventListener("change", function (e) {
  if (e.target.matches("select[data-submit]")) e.target.form.requestSubmit();
});

// A button beside a text copies it.
document.querySelectorAll("textarea[data-copy]").forEach(function (text) {
  var button = document.createElement("button");
  button.type = "button";
  button.textContent = "复制";
  button.addEventListener("click", function () {
    text.select();
    if (document.execCommand("copy")) button.textContent = "已复制";
  });
  text.after(button);
});

// An upload shows how much has been sent.
document.addEventListener("submit", function (e) {
  var form = e.target, bar = form.querySelector("progress");
  if (!bar) return;
  e.preventDefault();
  var button = form.querySelector("button"), xhr = new XMLHttpRequest();
  button.disabled = true;
  bar.hidden = false;
  xhr.upload.onprogress = function (p) { if (p.lengthComputable) { bar.max = p.total; bar.value = p.loaded; } };
  xhr.onload = function () {
    if (xhr.status < 400) { location.assign(xhr.responseURL); return; }
    var page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
  };
  xhr.onerror = function () { button.disabled = false; bar.hidden = true; button.textContent = "上传中断，重试"; };
  xhr.open("POST", form.action);
  xhr.setRequestHeader("Accept", "text/html");
  xhr.send(new FormData(form));
});
