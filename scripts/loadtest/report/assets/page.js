(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const shown = []; // functions that draw a chart again

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const seen = (list) => list.some((v) => v !== null);

  const count = (v) => (v === null || v === undefined ? "–" : Math.round(v).toLocaleString("en"));
  const millis = (v) => {
    if (v === null || v === undefined) return "–";
    return (v < 10 ? v.toFixed(2) : v < 100 ? v.toFixed(1) : Math.round(v).toLocaleString("en")) + " ms";
  };
  // A tick of a logarithmic scale: 0.1, 1, 10, 1,000.
  const plain = (v) => (v >= 1 ? v.toLocaleString("en") : String(Number(v.toPrecision(2))));

  function axis(label, more) {
    return Object.assign({
      label: label, labelSize: 22, labelFont: "13px system-ui, sans-serif", font: "12px system-ui, sans-serif",
      stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 },
    }, more);
  }

  const second = { label: "second", value: (u, v) => (v === null ? "–" : v + " s") };

  // Lines differ by their strokes, in the legend too: colour is not for everyone.
  const strokes = { 1: { dash: [], name: "solid" }, 2: { dash: [12, 4], name: "dashed" }, 3: { dash: [5, 4], name: "dashed" }, 4: { dash: [2, 3], name: "dotted" } };
  const legend = { markers: { dash: (u, i) => strokes[u.series[i].ink || 1].name } };

  function line(label, ink, value) {
    const color = css("--ink-" + ink);
    return {
      label: label, ink: ink, stroke: color, width: 2, dash: strokes[ink].dash, value: (u, v) => value(v), spanGaps: false,
      points: { show: data.time.length < 3, size: 6, fill: color },
    };
  }

  // Faults lie behind the lines, each with its name.
  const faults = {
    hooks: {
      drawClear: (u) => {
        const ctx = u.ctx, box = u.bbox, ratio = devicePixelRatio;
        ctx.save();
        ctx.beginPath();
        ctx.rect(box.left, box.top, box.width, box.height);
        ctx.clip();
        ctx.font = 11 * ratio + "px system-ui, sans-serif";
        ctx.textAlign = "left";
        ctx.textBaseline = "top";
        let row = 0, until = -Infinity;
        for (const f of data.faults) {
          const from = u.valToPos(f.from_s, "x", true), to = u.valToPos(f.to_s, "x", true);
          ctx.fillStyle = css("--band");
          ctx.fillRect(from, box.top, Math.max(to - from, ratio), box.height);
          ctx.strokeStyle = css("--ink-4");
          ctx.lineWidth = ratio;
          ctx.setLineDash([2 * ratio, 3 * ratio]);
          for (const x of [from, to]) {
            ctx.beginPath();
            ctx.moveTo(x, box.top);
            ctx.lineTo(x, box.top + box.height);
            ctx.stroke();
          }
          // Names that would overlap stand below each other.
          row = from < until ? row + 1 : 0;
          until = Math.max(until, from + ctx.measureText(f.name).width + 8 * ratio);
          ctx.fillStyle = css("--text");
          ctx.fillText(f.name, Math.max(from, box.left) + 4 * ratio, box.top + (3 + 14 * row) * ratio);
        }
        ctx.restore();
      },
    },
  };

  // chart puts into the element id what make gives, again when the colours change.
  function chart(id, told, make) {
    const el = document.getElementById(id);
    if (!el) return () => {};
    let plot = null;
    const size = () => ({ width: Math.max(240, el.clientWidth), height: el.clientWidth < 480 ? 240 : 300 });
    const draw = () => {
      if (plot) plot.destroy();
      plot = null;
      el.textContent = "";
      const made = make();
      if (!made) {
        const p = document.createElement("p");
        p.className = "empty";
        p.textContent = "There is nothing to draw.";
        el.append(p);
        return;
      }
      plot = new uPlot(Object.assign(size(), { legend: legend }, made.opts), made.data, el);
      const canvas = plot.root.querySelector("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", told());
    };
    draw();
    shown.push(draw);
    new ResizeObserver(() => plot && plot.width !== size().width && plot.setSize(size())).observe(el);
    return draw;
  }

  const mean = (list) => {
    const known = list.filter((v) => v !== null);
    return known.reduce((a, b) => a + b, 0) / known.length;
  };
  const time = { time: false, range: () => [Math.min(data.window[0], ...data.time), Math.max(data.window[1], data.window[0] + 1)] };

  chart("throughput-chart",
    () => "Swipes acknowledged in each second: " + count(mean(data.swipes)) + " on average. The table below the next chart has the figures.",
    () => seen(data.ok) && {
      data: [data.time, data.swipes, data.ok, data.refused, data.failed],
      opts: {
        scales: { x: time, y: { range: (u, min, max) => [0, Math.max(1, max * 1.08)] } },
        axes: [axis("seconds"), axis("a second", { size: 62, values: (u, vs) => vs.map((v) => v.toLocaleString("en")) })],
        series: [second, line("swipes OK", 1, count), line("all OK", 2, count), line("refused", 3, count), line("failed", 4, count)],
        plugins: [faults],
      },
    });

  chart("latency-chart",
    () => "Latency of swipes in each second. p50 is " + millis(mean(data.p50)) + " and p99 " + millis(mean(data.p99)) + " on average. The table below has the figures.",
    () => seen(data.p50) && {
      data: [data.time, data.p50, data.p95, data.p99],
      opts: {
        scales: { x: time, y: { distr: 3, log: 10 } },
        axes: [axis("seconds"), axis("milliseconds", { size: 62, values: (u, vs) => vs.map((v) => (v === null ? "" : plain(v))) })],
        series: [second, line("p50", 1, millis), line("p95", 3, millis), line("p99", 4, millis)],
        plugins: [faults],
      },
    });

  // A histogram's bins are even steps on a logarithmic scale: bin i goes from edge(i) to edge(i + 1).
  const edge = (bin) => Math.pow(10, bin / 10);
  const select = document.getElementById("spread-of");
  const spread = () => data.spreads[Number(select.value)];
  if (select) {
    data.spreads.forEach((s, i) => select.append(new Option(s.name, String(i), s.name === "swipe", s.name === "swipe")));
    const draw = chart("spread-chart",
      () => "Latencies of " + spread().name + ". The table above has their quantiles.",
      () => {
        if (!spread()) return null;
        const s = spread(), bins = s.shares.map((_, i) => s.first + i);
        // Decades, and halves and fifths of them while there is room for their names.
        const marks = bins.concat(s.first + bins.length).filter((b) => [0, 3, 7].slice(0, bins.length > 24 ? 1 : 3).includes(((b % 10) + 10) % 10));
        return {
          data: [bins, s.shares],
          opts: {
            scales: { x: { time: false, range: () => [s.first - 0.5, s.first + bins.length + 0.5] }, y: { range: (u, min, max) => [0, max * 1.08] } },
            axes: [
              axis("milliseconds", { splits: () => marks, values: (u, vs) => vs.map((b) => plain(Number(edge(b).toPrecision(1)))) }),
              axis("% of requests", { size: 62 }),
            ],
            series: [
              { label: "latency", value: (u, b) => (b === null ? "–" : millis(edge(b)) + " to " + millis(edge(b + 1))) },
              {
                label: "share", stroke: css("--ink-1"), fill: css("--ink-1"), width: 0, points: { show: false },
                paths: uPlot.paths.bars({ size: [0.9, Infinity], align: 1 }), value: (u, v) => (v === null ? "–" : v.toFixed(2) + " %"),
              },
            ],
          },
        };
      });
    select.addEventListener("change", draw);
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown.forEach((draw) => draw()));
})();
