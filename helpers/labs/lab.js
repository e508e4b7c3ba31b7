// The browser's side of a lab: native controls (which have names and work by keyboard), the picture, the sentence.

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function formatted(value) {
  return String(Number(Number(value).toPrecision(4)));
}

// A slider and a field for one number. On a logarithmic scale the slider counts powers of ten.
function numberControl(spec, id, changed) {
  const position = spec.log ? Math.log10 : Number;
  const value = spec.log ? (place) => 10 ** place : Number;
  const clamp = (number) => Math.min(Math.max(number, spec.lowest), spec.highest);
  const slider = element("input", {
    type: "range", id, className: "slider",
    min: position(spec.lowest), max: position(spec.highest), step: spec.step,
  });
  slider.dataset.log = String(spec.log);
  const field = element("input", { type: "text", inputMode: "decimal", className: "field" });
  field.setAttribute("aria-label", `${spec.label}, number`);
  let current = spec.default;
  const show = (number) => {
    current = number;
    slider.value = position(number);
    slider.setAttribute("aria-valuetext", formatted(number));
    if (document.activeElement !== field || Number(field.value) !== number) field.value = formatted(number);
  };
  const choose = (number, released) => { show(number); changed(number, released); };
  const fromSlider = () => clamp(Number(value(Number(slider.value)).toPrecision(spec.log ? 3 : 6)));
  slider.addEventListener("input", () => choose(fromSlider(), false));
  slider.addEventListener("change", () => choose(fromSlider(), true));
  field.addEventListener("change", () => {
    const text = field.value.trim();
    const grouped = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(text); // 1,000 as the labs write it; 0,5 is a half
    const typed = Number(grouped ? text.replaceAll(",", "") : text.replace(",", "."));
    const isNumber = text !== "" && !Number.isNaN(typed);
    const number = isNumber ? clamp(typed) : current;
    choose(spec.whole ? Math.round(number) : number, true);
  });
  return { name: element("label", { htmlFor: id, textContent: spec.label }), parts: [slider, field], show };
}

function choiceControl(spec, id, changed) {
  const menu = element("select", { id }, spec.options.map((option) => element("option", { textContent: option })));
  menu.addEventListener("change", () => changed(menu.value, true));
  const show = (option) => { menu.value = option; };
  return { name: element("label", { htmlFor: id, textContent: spec.label }), parts: [menu], show };
}

function render({ model, el }) {
  const controls = {};
  const grid = element("div", { className: "controls" });
  for (const [name, spec] of Object.entries(model.get("controls"))) {
    const changed = (value, released) => {
      if (!released && model.get("trains")) return; // a training run starts when the slider is let go
      if (model.get("values")[name] === value) return;
      model.set("values", { ...model.get("values"), [name]: value });
      model.save_changes();
    };
    const make = spec.kind === "number" ? numberControl : choiceControl;
    controls[name] = make(spec, `lab-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`, changed);
    grid.append(controls[name].name, ...controls[name].parts);
  }

  const button = (text, message) => {
    const made = element("button", { type: "button", textContent: text });
    made.addEventListener("click", () => model.send(message));
    return made;
  };
  const presets = model.get("presets").map((preset) => button(preset, { preset }));
  const training = model.get("trains") ? [button("Train", { train: true }), button("Stop", { stop: true })] : [];
  const last = [...training, button("Reset", { reset: true })];
  for (const own of last) own.classList.add("own");
  const buttons = element("div", { className: "buttons" }, [...presets, ...last]);

  const image = element("img");
  const sentence = element("p", { className: "sentence" });
  sentence.setAttribute("role", "status"); // a screen reader says what has changed, once it has come to rest

  const showValues = () => {
    for (const [name, value] of Object.entries(model.get("values"))) controls[name].show(value);
  };
  const showFrame = () => {
    const frame = model.get("frame");
    sentence.setAttribute("aria-busy", String(frame.running));
    sentence.classList.toggle("failed", frame.failed);
    sentence.textContent = frame.sentence;
    image.alt = frame.description;
    image.width = frame.width;
    image.height = frame.height;
    image.src = `data:image/png;base64,${frame.png}`; // the browser swaps it in place; quicker than a blob
  };
  model.on("change:values", showValues);
  model.on("change:frame", showFrame);
  showValues();
  showFrame();

  const lab = element("div", { className: "lab" }, [grid, buttons, image, sentence]);
  lab.addEventListener("keydown", (event) => { // or JupyterLab takes arrows and letters for its own commands
    if (!event.ctrlKey && !event.metaKey && event.key !== "Escape") event.stopPropagation();
  });
  lab.setAttribute("role", "group");
  lab.setAttribute("aria-label", `Lab: ${model.get("title")}`);
  el.append(lab);
  return () => {
    model.off("change:values", showValues);
    model.off("change:frame", showFrame);
  };
}

export default { render };
