// Values that this browser keeps.

/** Storage of the browser; in a private window the values are lost with it. */
export const storage = {
  get(name: string): string | null {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set(name: string, value: string): void {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Not kept.
    }
  },
};

function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Id of this browser, by which the service knows which questions it has answered. */
export function deviceId(): string {
  const id = storage.get("device_id") ?? randomId();
  storage.set("device_id", id);
  return id;
}
