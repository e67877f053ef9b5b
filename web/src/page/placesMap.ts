import L from "leaflet";
import "leaflet/dist/leaflet.css";
import { element } from "./dom";
import { texts } from "./texts";

export interface MapPin {
  lat: number;
  lon: number;
  text: string;
  title: string;
}

const MOST_DOTS = 3000;

/** A map that shows places against each other without any tile server, and over tiles where one is told. */
export class PlacesMap {
  private readonly map: L.Map;
  private readonly pins = L.layerGroup();
  private readonly dots = L.canvas();

  constructor(parent: HTMLElement, tiles: string | null, attribution: string) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = L.map(parent, { zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, scrollWheelZoom: false });
    this.map.attributionControl.setPrefix(false).addAttribution(escaped(attribution));
    L.control.scale({ imperial: false }).addTo(this.map);
    if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(this.map);
    this.pins.addTo(this.map);
  }

  /** @param others shown as dots, so that the map says something without tiles too */
  show(
    from: readonly [number, number],
    pins: MapPin[],
    others: { lat: number; lon: number }[],
    onPin: (index: number) => void,
  ): void {
    this.pins.clearLayers();
    const style = getComputedStyle(document.documentElement);
    const accent = style.getPropertyValue("--accent").trim();
    const soft = style.getPropertyValue("--soft").trim();
    for (const { lat, lon } of others.slice(0, MOST_DOTS)) {
      L.circleMarker([lat, lon], { renderer: this.dots, radius: 2, stroke: false, fillColor: soft, fillOpacity: 0.45, interactive: false }).addTo(this.pins);
    }
    L.circleMarker([from[0], from[1]], { radius: 8, color: accent, fillOpacity: 0.5 })
      .bindTooltip(texts.places.you)
      .addTo(this.pins);
    pins.forEach((pin, index) => {
      const icon = L.divIcon({
        className: "",
        html: element("div", { class: "pin" }, element("span", {}, pin.text)),
        iconSize: [28, 28],
        iconAnchor: [4, 28],
      });
      L.marker([pin.lat, pin.lon], { icon, title: pin.title, alt: pin.title, keyboard: true })
        .on("click", () => onPin(index))
        .on("keypress", (event) => (event as unknown as { originalEvent: KeyboardEvent }).originalEvent.key === "Enter" && onPin(index))
        .addTo(this.pins);
    });
    const bounds = L.latLngBounds([[from[0], from[1]], ...pins.map((pin): [number, number] => [pin.lat, pin.lon])]);
    this.map.fitBounds(bounds.pad(0.15), { animate: false, maxZoom: 16 });
    this.map.invalidateSize();
  }

  close(): void {
    this.map.remove();
  }
}

function escaped(text: string): string {
  return element("span", {}, text).innerHTML;
}
