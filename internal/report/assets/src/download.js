// The data are in the page, compressed: nothing is fetched.
export function offerDownloads() {
  const link = document.getElementById("download");
  link.hidden = false;
  link.addEventListener("click", async () => {
    const packed = Uint8Array.from(atob(document.getElementById("raw").textContent), (c) => c.charCodeAt(0));
    let blob = new Blob([packed], { type: "application/gzip" });
    let name = "results.json.gz";
    if (typeof DecompressionStream === "function") {
      blob = await new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
      name = "results.json";
    }
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = name;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
  });
}
