/* Where a building stands: a press on the map fills latitude and longitude in; pins of known buildings choose their line. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("dwelling-map");
  if (!box || !window.L) return;
  const map = L.map(box).setView([Number(box.dataset.lat), Number(box.dataset.lng)], Number(box.dataset.zoom) + 2);
  L.tileLayer("https://cyberjapandata.gsi.go.jp/xyz/std/{z}/{x}/{y}.png", { maxZoom: 18, attribution: "国土地理院" }).addTo(map);
  const lat = document.getElementById("lat");
  const lng = document.getElementById("lng");
  const mark = L.circleMarker(map.getCenter(), { radius: 10, color: "#b00", weight: 3 });
  const put = () => {
    if (lat.value && lng.value && !Number.isNaN(Number(lat.value) + Number(lng.value))) mark.setLatLng([Number(lat.value), Number(lng.value)]).addTo(map);
  };
  map.on("click", (event) => {
    lat.value = event.latlng.lat.toFixed(6);
    lng.value = event.latlng.lng.toFixed(6);
    document.querySelector('input[name="dwelling"][value="new"]').checked = true;
    put();
  });
  lat.addEventListener("change", put);
  lng.addEventListener("change", put);
  put();
  for (const line of document.querySelectorAll('input[name="dwelling"][data-lat]:not([data-lat=""])')) {
    const pin = L.circleMarker([Number(line.dataset.lat), Number(line.dataset.lng)], { radius: 9, color: "#00428c", weight: 3 }).addTo(map);
    pin.on("click", (event) => { L.DomEvent.stop(event); line.checked = true; line.focus(); });
  }
});
