// Everything works without this file.

// One key per action: a button with data-key is pressed by that key.
document.addEventListener("keydown", function (e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
  var b = document.querySelector('[data-key="' + CSS.escape(e.key) + '"]');
  if (b) { e.preventDefault(); b.click(); }
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
