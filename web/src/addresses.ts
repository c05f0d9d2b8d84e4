// Addresses that the page shows or links to.

/** Sites of the projects, by the server type of a question. */
const SITES: Record<string, string> = {
  off: "openfoodfacts",
  obf: "openbeautyfacts",
  opff: "openpetfoodfacts",
  opf: "openproductsfacts",
};

/** URL of a web page or image; null for none and for any other scheme. */
export function webUrl(text: string | null | undefined): string | null {
  if (!text) return null;
  try {
    const url = new URL(text, location.href);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** The full size of image `7.400.jpg` is `7.jpg`; selected images have a `full`. */
export function fullSizeUrl(address: string): string {
  return address.replace(/\/(\d+)\.400\.jpg$/, "/$1.jpg");
}

/** Page of a product on its project's site, or null for an unknown project. */
export function productUrl(product: { server_type: string; barcode: string }): string | null {
  const site = SITES[product.server_type];
  return site
    ? `https://world.${site}.org/product/${encodeURIComponent(product.barcode)}`
    : null;
}
