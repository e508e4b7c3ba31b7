// The controls of a lab: native ones, which have names and work by keyboard.
//
// Each has `name`, its label; `parts`, which stand behind that; `show`, which moves it to a value; `valueOf`, the value
// that a text means, its own where it means none; and `values`, those that it can be moved to, the nearest ones first.

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function formatted(value) {
  return String(Number(Number(value).toPrecision(4)));
}

// The number that a text states: 1,000 as the labs write it; 0,5 is a half. NaN if it is none.
function typedNumber(text) {
  const isGrouped = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(text);
  return text === "" ? NaN : Number(isGrouped ? text.replaceAll(",", "") : text.replace(",", "."));
}

// From numbers to places of a slider, and back. On a logarithmic scale these are powers of ten; where a recording has
// only some numbers, they count these.
function scaleOf({ places, log, whole, lowest, highest }) {
  const allowed = (number) => {
    const near = Math.min(Math.max(number, lowest), highest);
    return whole ? Math.round(near) : near;
  };
  const counted = (number) => places.filter((each) => each < number).length;
  const exact = places ? (place) => places[place] : log ? (place) => 10 ** place : Number;
  return {
    allowed,
    placeOf: places ? counted : log ? Math.log10 : Number,
    numberAt: (place) => allowed(Number(exact(place).toPrecision(log ? 3 : 6))),
  };
}

// A slider and a field for one number. `changed` is told each new one, and whether the slider was let go.
function numberControl(spec, id, changed) {
  const { allowed, placeOf, numberAt } = scaleOf(spec);
  const slider = element("input", {
    type: "range", id, className: "slider",
    min: placeOf(spec.lowest), max: placeOf(spec.highest), step: spec.step,
  });
  slider.dataset.log = String(spec.log);
  const field = element("input", { type: "text", inputMode: "decimal", className: "field" });
  field.setAttribute("aria-label", `${spec.label}, number`);
  let current = spec.default;
  const show = (number) => {
    current = number;
    slider.value = placeOf(number);
    slider.setAttribute("aria-valuetext", formatted(number));
    if (document.activeElement !== field || Number(field.value) !== number) field.value = formatted(number);
  };
  const choose = (number, released) => { show(number); changed(number, released); };
  const valueOf = (text) => {
    const number = typedNumber(text.trim());
    return Number.isNaN(number) ? current : allowed(number);
  };
  let moving = false;
  slider.addEventListener("input", () => { moving = true; choose(numberAt(slider.value), false); });
  const release = () => { if (moving) choose(numberAt(slider.value), true); moving = false; };
  // A slider that comes back to where it was taken fires no "change", though the number that it began with may lie
  // between its steps.
  for (const event of ["change", "pointerup", "blur"]) slider.addEventListener(event, release);
  field.addEventListener("change", () => choose(valueOf(field.value), true));
  const values = () => {
    const [lowest, highest, step] = [slider.min, slider.max, slider.step].map(Number);
    const at = Math.round((placeOf(current) - lowest) / step);
    const all = Array.from({ length: Math.round((highest - lowest) / step) + 1 }, (_, place) => place);
    return all.sort((a, b) => Math.abs(a - at) - Math.abs(b - at))
      .map((place) => numberAt(Number((lowest + place * step).toPrecision(12)))); // as the slider writes its own
  };
  const name = element("label", { htmlFor: id, textContent: spec.label });
  return { name, parts: [slider, field], show, valueOf, values };
}

function choiceControl({ label, options }, id, changed) {
  const menu = element("select", { id }, options.map((option) => element("option", { textContent: option })));
  menu.addEventListener("change", () => changed(menu.value, true));
  return {
    name: element("label", { htmlFor: id, textContent: label }),
    parts: [menu],
    show: (option) => { menu.value = option; },
    valueOf: (text) => text,
    values: () => options,
  };
}
