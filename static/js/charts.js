// Charts: drawn by Chart.js from the JSON beside them, in the page's colours, releases as lines.
const LOOKS = { line: "line", dashed: "line", band: "line", edge: "line", thin: "line", bars: "bar" };
let library = null;

function loadLibrary(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

// Tokens follow the theme through light-dark(), which only a real element resolves.
function colour(name) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.className = `probe probe-${name}`;
  document.body.append(probe);
  probe.style.color = `var(--${name})`;
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function faded(value, share) {
  return value.replace(/^rgb\((.*)\)$/, `rgba($1, ${share})`);
}

function datasets(series) {
  return series.map((one, place) => {
    const look = one.look ?? "line";
    const ink = look === "dashed" || look === "thin" ? colour("muted") : colour(`chart-${(place % 4) + 1}`);
    return {
      type: LOOKS[look],
      label: one.name,
      data: one.values,
      borderColor: ink,
      backgroundColor: faded(ink, look === "bars" ? 0.75 : 0.14),
      // An edge is only where a band begins.
      borderWidth: { bars: 0, edge: 0, thin: 1 }[look] ?? 2,
      borderDash: look === "dashed" ? [5, 4] : [],
      borderRadius: 3,
      pointRadius: 0,
      pointHitRadius: 10,
      tension: 0.25,
      spanGaps: true,
      // "band" colours the room between a series and the one before it: what did not happen.
      fill: look === "band" ? "-1" : false,
      ...(look === "band" ? { backgroundColor: faded(colour("chart-3"), 0.18), borderColor: colour("muted"), borderDash: [5, 4] } : {}),
    };
  });
}

/** Draws each mark (a release, a change) as a vertical line with its words. */
function marksPlugin(marks) {
  return {
    id: "marks",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales } = chart;
      ctx.save();
      ctx.strokeStyle = colour("chart-3");
      ctx.fillStyle = colour("green");
      ctx.font = "12px 'Inter Variable', system-ui, sans-serif";
      let last = -Infinity;
      let level = 0;
      for (const mark of marks) {
        const x = scales.x.getPixelForValue(mark.at);
        ctx.setLineDash([3, 3]);
        ctx.beginPath();
        ctx.moveTo(x, chartArea.top);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
        const width = ctx.measureText(mark.text).width;
        const left = x + 5 + width > chartArea.right ? x - 5 - width : x + 5;
        // Words that would touch go one line lower.
        level = left < last ? level + 1 : 0;
        last = Math.max(last, left + width + 6);
        ctx.fillText(mark.text, left, chartArea.top + 10 + (level % 3) * 14);
      }
      ctx.restore();
    },
  };
}

function options(data) {
  const muted = colour("muted");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const font = { family: "'Inter Variable', system-ui, sans-serif", size: 12 };
  return {
    animation: still ? false : { duration: 300 },
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    plugins: {
      legend: {
        display: data.series.length > 1,
        align: "end",
        labels: { color: muted, font, boxWidth: 18, boxHeight: 2, filter: (item) => data.series[item.datasetIndex].look !== "edge" },
      },
      tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.formattedValue}${data.unit ? ` ${data.unit}` : ""}` } },
    },
    scales: {
      x: { ticks: { color: muted, font, maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false }, border: { color: colour("line") } },
      y: { beginAtZero: true, ticks: { color: muted, font, precision: 0, maxTicksLimit: 5 }, grid: { color: colour("line") }, border: { display: false } },
    },
  };
}

async function draw(figure) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "yes";
  await loadLibrary(figure.dataset.library);
  const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const canvas = figure.querySelector("canvas");
  // Chart.js fills its parent; the height the page asked for is the parent's.
  canvas.parentElement.style.height = `${canvas.getAttribute("height")}px`;
  figure.chart = new window.Chart(canvas, {
    data: { labels: data.labels, datasets: datasets(data.series) },
    options: options(data),
    plugins: data.marks?.length ? [marksPlugin(data.marks)] : [],
  });
}

function drawAll(root) {
  for (const figure of root.querySelectorAll?.("[data-chart]") ?? []) {
    draw(figure).catch((error) => {
      // The numbers are still there: open the table instead of an empty box.
      console.error(error);
      figure.querySelector(".chart-canvas").hidden = true;
      figure.querySelector("details").open = true;
    });
  }
}

function redraw() {
  for (const figure of document.querySelectorAll("[data-chart][data-drawn]")) {
    figure.chart?.destroy();
    delete figure.dataset.drawn;
  }
  drawAll(document);
}

drawAll(document);
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.detail.elt));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
