#include "brink/camera/live/page.h"

namespace brink::camera {

// Text from outside only ever becomes textContent.
const std::string_view kPage = R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>brink</title><style>
body { margin: 1rem; font: 15px/1.4 system-ui, sans-serif; background: #14181d; color: #e6e9ec }
h2 { margin: 1rem 0 .4rem } img { max-width: 100%; background: #000; display: block }
.bad { color: #ff8a7a } td { padding: 0 1rem 0 0; font-variant-numeric: tabular-nums }
</style></head><body><main></main><h2>Events</h2><ul id="events"></ul><script>
const token = new URLSearchParams(location.search).get("token");
const url = (path, query = {}) =>
  path + "?" + new URLSearchParams(token ? {...query, token} : query);
const make = (parent, tag, text = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  return parent.appendChild(element);
};
const views = new Map();
// The camera's stream or, where that fails, one picture after another. A browser has six
// connections to a server and the page needs one itself, so not every camera is a stream.
function picture(image, camera, streams) {
  let number = 0;
  const next = () => { image.src = url("/live/snapshot.jpg", {camera, n: ++number}); };
  const poll = () => {
    image.onload = next;
    image.onerror = () => setTimeout(next, 1000);
    next();
  };
  return {
    start() {
      if (!streams) return poll();
      image.onload = null;
      image.onerror = poll;
      image.src = url("/live/stream.mjpg", {camera, n: ++number});
    },
    stop() {
      image.onload = image.onerror = null;
      image.removeAttribute("src");
    },
  };
}
// Of a page that nobody sees no pictures are made.
const restart = () => {
  for (const {shown} of views.values()) {
    if (shown) shown.stop();
    if (shown && !document.hidden) shown.start();
  }
};
document.addEventListener("visibilitychange", restart);
function view(camera) {
  const section = make(document.querySelector("main"), "section");
  make(section, "h2", camera.name);
  const state = make(section, "p");
  const image = make(section, "img");
  image.alt = camera.name;
  if (!camera.images) image.remove();
  const table = make(section, "table");
  const shown = camera.images ? picture(image, camera.name, views.size < 3) : null;
  views.set(camera.name, {state, table, shown});
  if (shown && !document.hidden) shown.start();
}
function show(camera) {
  if (!views.has(camera.name)) view(camera);
  const {state, table} = views.get(camera.name);
  state.className = camera.state === "running" ? "" : "bad";
  state.textContent = camera.state + (camera.error ? ": " + camera.error : "") +
    ", " + camera.frames + " frames, " + camera.dropped + " dropped";
  const times = camera.last ? Object.entries(camera.last.ms) : [];
  table.replaceChildren();
  const names = make(table, "tr"), values = make(table, "tr");
  for (const [stage, ms] of times) {
    make(names, "td", stage);
    make(values, "td", ms.toFixed(2) + " ms");
  }
}
let lost = false;
async function refresh() {
  try {
    const cameras = await (await fetch(url("/v1/cameras"))).json();
    cameras.cameras.forEach(show);
    if (lost) restart();  // a stream that ended says nothing
    lost = false;
    const events = await (await fetch(url("/v1/events"))).json();
    const list = document.getElementById("events");
    list.replaceChildren();
    for (const event of events.events.reverse().slice(0, 20)) {
      make(list, "li", [event.time, event.camera, event.type, event.label, "#" + event.track,
                        event.zone || event.line || "", event.direction || ""].join(" "));
    }
  } catch (error) { lost = true; /* asked again below */ }
  setTimeout(refresh, 1000);
}
refresh();
</script></body></html>
)page";

}  // namespace brink::camera
