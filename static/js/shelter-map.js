/* The shelter map's manners. The list beside the map is the truth: each <li data-site data-pin data-letter data-name data-rank> gives its pin
   the look, the accessible name and the popup. Nothing here builds HTML from text. */
"use strict";
window.ShelterMap = (function () {
  const pins = [];
  L.Marker.mergeOptions({ icon: L.divIcon({ className: "map-site" }) }); // folium sets the icon later; Leaflet's own would be fetched before
  const places = (site) => Array.from(document.querySelectorAll(`li[data-site="${Number(site)}"]`));

  function popupFor(site) {
    const box = document.createElement("div");
    box.className = "map-popup stack";
    for (const place of places(site)) {
      const copy = document.createElement("div");
      copy.append(...place.cloneNode(true).childNodes);
      copy.querySelectorAll("summary").forEach((element) => element.remove());
      copy.querySelectorAll("details").forEach((element) => element.replaceWith(...element.childNodes)); // a popup has nothing folded
      copy.querySelectorAll(".map-skip").forEach((element) => element.remove());
      copy.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
      box.append(copy);
    }
    return box;
  }

  /* A popup fits between the buttons of a small map, on a telephone too. */
  function room() {
    const box = document.querySelector(".map");
    const [wide, high] = box && box.clientWidth ? [box.clientWidth, box.clientHeight] : [640, 480];
    const small = wide < 500;
    return {
      maxWidth: Math.max(200, Math.min(320, wide - 120)), minWidth: Math.min(220, wide - 140), maxHeight: Math.max(150, Math.min(320, high - 140)),
      autoPanPaddingTopLeft: [60, small ? 62 : 16], autoPanPaddingBottomRight: [16, 16],
    };
  }

  function dress(marker, site) {
    const element = marker.getElement();
    const list = places(site);
    if (!element || !list.length) return;
    const best = list.reduce((a, b) => (Number(b.dataset.rank) > Number(a.dataset.rank) ? b : a));
    const pin = document.createElement("span");
    pin.className = `pin pin--${best.dataset.pin}`;
    pin.textContent = best.dataset.letter;
    pin.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    words.className = "hidden-text";
    words.textContent = list.map((place) => place.dataset.name).join("、");
    element.replaceChildren(pin, words);
  }

  function pin(marker, site) {
    pins.push({ marker, site });
    marker.bindPopup(() => popupFor(site), room());
    marker.on("add", () => dress(marker, site));
    dress(marker, site);
  }

  /* Pins that would cover each other are moved apart on the screen, at every zoom anew. */
  function spread(map) {
    const apart = 38;
    const spots = pins.map(({ marker }) => map.latLngToLayerPoint(marker.getLatLng()));
    const moved = spots.map((spot) => spot.clone());
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < moved.length; i++) {
        for (let j = i + 1; j < moved.length; j++) {
          const dx = moved[j].x - moved[i].x || 0.1;
          const dy = moved[j].y - moved[i].y;
          const distance = Math.hypot(dx, dy);
          if (distance >= apart) continue;
          const push = (apart - distance) / 2 / distance;
          moved[i].x -= dx * push; moved[i].y -= dy * push;
          moved[j].x += dx * push; moved[j].y += dy * push;
        }
      }
    }
    pins.forEach(({ marker }, i) => {
      const element = marker.getElement();
      if (!element) return;
      element.style.marginLeft = `${Math.round(moved[i].x - spots[i].x) - 22}px`;
      element.style.marginTop = `${Math.round(moved[i].y - spots[i].y) - 22}px`;
    });
  }

  /* Names that would be written over each other or over a pin are left out until there is room. */
  function thin(box) {
    const kept = Array.from(box.querySelectorAll(".map-site .pin"), (element) => element.getBoundingClientRect());
    box.querySelectorAll(".map-label").forEach((label) => {
      label.classList.remove("map-label--out");
      const a = label.getBoundingClientRect();
      const free = kept.every((b) => a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top);
      if (free) kept.push(a);
      else label.classList.add("map-label--out");
    });
  }

  function speak(map, words) {
    const name = (selector, text) => {
      const element = map.getContainer().querySelector(selector);
      if (element && text) { element.title = text; element.setAttribute("aria-label", text); }
    };
    name(".leaflet-control-zoom-in", words.zoomIn);
    name(".leaflet-control-zoom-out", words.zoomOut);
    name(".leaflet-control-layers-toggle", words.layers);
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    map.on("popupopen", (event) => {
      const close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) { close.title = words.close; close.setAttribute("aria-label", words.close); }
      const content = event.popup.getElement().querySelector(".leaflet-popup-content");
      content.tabIndex = -1;
      content.focus({ preventScroll: true });
    });
  }

  /* Leaflet closes a popup by Esc only while the map itself has the focus. */
  function keys(map) {
    let open = null;
    map.on("popupopen", (event) => { open = event.popup; });
    map.on("popupclose", (event) => {
      const marker = event.popup._source && event.popup._source.getElement && event.popup._source.getElement();
      if (open === event.popup && marker && map.getContainer().contains(document.activeElement)) marker.focus();
      open = null;
    });
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key === "Escape" && open) { event.stopPropagation(); map.closePopup(open); }
    });
  }

  /* Without the map service everything of ours is still there; say so once. */
  function tiles(map) {
    const notice = document.getElementById("map-tiles-notice");
    let loaded = 0, failed = 0;
    const judge = () => { if (notice) notice.hidden = loaded > 0 || failed < 2; };
    map.eachLayer((layer) => {
      if (!(layer instanceof L.TileLayer)) return;
      layer.on("tileload", () => { loaded++; judge(); });
      layer.on("tileerror", () => { failed++; judge(); });
    });
  }

  function ready(map) {
    const box = map.getContainer();
    pins.forEach(({ marker, site }) => dress(marker, site)); // folium gives a marker its icon after its popup
    speak(map, box.dataset);
    keys(map);
    tiles(map);
    if (box.dataset.bounds) map.fitBounds(JSON.parse(box.dataset.bounds), { padding: [30, 30], maxZoom: 15 });
    map.on("zoomend viewreset", () => { spread(map); thin(box); });
    spread(map);
    thin(box);
    document.querySelectorAll("[data-show-on-map]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        const found = pins.find(({ site }) => String(site) === button.dataset.showOnMap);
        if (!found) return;
        box.scrollIntoView({ block: "nearest" });
        map.setView(found.marker.getLatLng(), Math.max(map.getZoom(), 15), { animate: false });
        found.marker.openPopup();
      });
    });
    box.dataset.drawn = String(pins.length);
  }

  return { pin, ready };
})();
