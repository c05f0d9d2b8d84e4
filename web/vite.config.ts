import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses, so that the pages work below any path of a proxy.
  base: "./",
  build: {
    target: "es2022",
    // The page's policy allows no inline module-preload code.
    modulePreload: { polyfill: false },
    // Nothing is inlined as data: every file has a name with its hash and is cached.
    assetsInlineLimit: 0,
    // Each page loads its own scripts: the dashboard's are not for those who answer questions.
    rollupOptions: { input: ["index.html", "ops.html"] },
  },
  // `npm run dev` beside a service that listens at its default address.
  server: { proxy: { "/api": "http://127.0.0.1:5500", "/demo": "http://127.0.0.1:5500" } },
});
