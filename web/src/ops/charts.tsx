// Charts, drawn as SVG: lines, stacked bars, and a strip of passes and failures.

import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from "react";

import { clockTime, dayTime } from "./format";

export interface Line {
  name: string;
  /** Place in the palette, from 1. */
  color: number;
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  about?: string;
  lines: Line[];
  start: number;
  stepSecs: number;
  /** Bars on top of each other instead of lines. */
  isStacked?: boolean;
  format: (value: number) => string;
  /** The top of the scale for a value. */
  round?: (value: number) => number;
}

const HEIGHT = 190;
const MARGIN = { left: 66, right: 12, top: 12, bottom: 26 };
const TICKS = 4;

/** The next round number: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 10].find((times) => times * power >= value) ?? 10;
  return step * power;
}

/** The next span of time whose quarters are round: seconds, minutes, hours or days. */
export function roundTimeUp(seconds: number): number {
  if (seconds <= 1) return roundUp(seconds);
  const quarters = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400];
  const quarter = quarters.find((span) => span * TICKS >= seconds);
  return quarter ? quarter * TICKS : 86_400 * TICKS * Math.ceil(seconds / 86_400 / TICKS);
}

function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(480);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(220, Math.round(entry.contentRect.width)));
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}

const sum = (lines: Line[], bin: number) =>
  lines.reduce((total, line) => total + (line.values[bin] ?? 0), 0);

/** One line for a reader who does not see the chart. */
function summary({ title, lines, format }: ChartProps): string {
  const parts = lines.map((line) => {
    const known = line.values.filter((value) => value !== null);
    const last = known.at(-1);
    if (last === undefined) return `${line.name}: no values`;
    return `${line.name}: now ${format(last)}, at most ${format(Math.max(...known))}`;
  });
  return `${title}. ${parts.join("; ")}`;
}

export function Chart(props: ChartProps) {
  const { title, about, lines, start, stepSecs, isStacked = false, format, round = roundUp } = props;
  const { ref, width } = useWidth();
  const [chosen, setChosen] = useState<number | null>(null);
  const id = useId();
  const bins = lines[0]?.values.length ?? 0;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const all = isStacked
    ? Array.from({ length: bins }, (_, bin) => sum(lines, bin))
    : lines.flatMap((line) => line.values.filter((value) => value !== null));
  const top = round(Math.max(0, ...all));
  const x = (bin: number) => MARGIN.left + ((bin + 0.5) / Math.max(1, bins)) * inner.width;
  const y = (value: number) => MARGIN.top + inner.height * (1 - value / top);
  const timeOf = (bin: number) => start + bin * stepSecs * 1000;
  const label = bins * stepSecs > 100_000 ? dayTime : clockTime;
  const isEmpty = !lines.some((line) => line.values.some((value) => value !== null));
  const binAt = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - MARGIN.left) / inner.width;
    return Math.min(bins - 1, Math.max(0, Math.floor(share * bins)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") setChosen(null);
    if (!step) return;
    event.preventDefault();
    setChosen((last) => Math.min(bins - 1, Math.max(0, (last ?? bins) + step)));
  };
  const times = width < 420 ? 3 : 5;
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption>
        <span className="chart-title" id={id}>{title}</span>
        {about && <span className="soft">{about}</span>}
        <ul className="legend">
          {lines.map((line) => (
            <li key={line.name}>
              <i className={`swatch c${line.color}`} />
              {line.name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div className="plot" ref={ref}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={summary(props)}
          tabIndex={isEmpty ? -1 : 0}
          onPointerMove={(event) => setChosen(binAt(event))}
          onPointerLeave={() => setChosen(null)}
          onBlur={() => setChosen(null)}
          onKeyDown={onKeyDown}
        >
          {Array.from({ length: TICKS + 1 }, (_, tick) => {
            const value = (top * tick) / TICKS;
            return (
              <g key={tick}>
                <line className="grid" x1={MARGIN.left} x2={width - MARGIN.right} y1={y(value)} y2={y(value)} />
                <text className="tick" x={MARGIN.left - 8} y={y(value) + 4} textAnchor="end">
                  {value ? format(value) : 0}
                </text>
              </g>
            );
          })}
          {Array.from({ length: times }, (_, tick) => {
            const bin = Math.round(((bins - 1) * tick) / (times - 1));
            const anchor = tick === 0 ? "start" : tick === times - 1 ? "end" : "middle";
            return (
              <text key={tick} className="tick" x={x(bin)} y={HEIGHT - 8} textAnchor={anchor}>
                {label(timeOf(bin))}
              </text>
            );
          })}
          {isStacked
            ? stackedBars(lines, bins, x, y, Math.max(1, (inner.width / bins) * 0.8))
            : lines.map((line) => (
                <path key={line.name} className={`line c${line.color}`} d={pathOf(line.values, x, y)} />
              ))}
          {chosen !== null && (
            <line className="cursor" x1={x(chosen)} x2={x(chosen)} y1={MARGIN.top} y2={HEIGHT - MARGIN.bottom} />
          )}
        </svg>
        {isEmpty && <p className="no-values">No measurements yet. The first come after a minute.</p>}
        {chosen !== null && !isEmpty && (
          <div className={`tip ${x(chosen) > width / 2 ? "left" : ""}`} style={{ left: x(chosen) }} role="status">
            <strong>{label(timeOf(chosen))}</strong>
            {lines.map((line) => {
              const value = line.values[chosen];
              return (
                <span key={line.name}>
                  <i className={`swatch c${line.color}`} />
                  {line.name} <b>{value === null || value === undefined ? "–" : format(value)}</b>
                </span>
              );
            })}
          </div>
        )}
      </div>
    </figure>
  );
}

/** A path with a gap where there is no value; a value between two gaps is a dot. */
function pathOf(values: (number | null)[], x: (bin: number) => number, y: (value: number) => number): string {
  let path = "";
  values.forEach((value, bin) => {
    if (value === null) return;
    const isStart = bin === 0 || values[bin - 1] === null;
    const place = `${x(bin).toFixed(1)} ${y(value).toFixed(1)}`;
    path += isStart ? `M${place}h.01` : `L${place}`;
  });
  return path;
}

function stackedBars(
  lines: Line[],
  bins: number,
  x: (bin: number) => number,
  y: (value: number) => number,
  barWidth: number,
) {
  return Array.from({ length: bins }, (_, bin) => {
    let below = 0;
    return lines.map((line) => {
      const value = line.values[bin] ?? 0;
      if (!value) return null;
      const from = below;
      below += value;
      return (
        <rect
          key={`${line.name}-${bin}`}
          className={`fill c${line.color}`}
          x={x(bin) - barWidth / 2}
          width={barWidth}
          y={y(below)}
          height={Math.max(0.5, y(from) - y(below))}
        />
      );
    });
  });
}

/** Passes and failures of a check over a day. */
export function HealthStrip(props: { name: string; passes: (number | null)[]; start: number; stepSecs: number }) {
  const { name, passes, start, stepSecs } = props;
  // Four times as coarse as it is stored: a day on the width of a phone.
  const group = 4;
  const cells = Array.from({ length: Math.ceil(passes.length / group) }, (_, cell) => {
    const known = passes.slice(cell * group, (cell + 1) * group).filter((value) => value !== null);
    return known.length ? Math.min(...known) : null;
  });
  const known = cells.filter((cell) => cell !== null);
  const failed = known.filter((cell) => cell < 1).length;
  const told = known.length
    ? `${name}: ${failed} of ${known.length} spans of the last day with failures`
    : `${name}: no history yet`;
  return (
    <svg className="strip" viewBox={`0 0 ${cells.length * 4} 24`} preserveAspectRatio="none" role="img" aria-label={told}>
      {cells.map((cell, index) => {
        const at = clockTime(start + index * group * stepSecs * 1000);
        const state = cell === null ? "none" : cell >= 1 ? "good" : cell > 0 ? "warn" : "bad";
        return (
          <rect key={index} className={`cell ${state}`} x={index * 4} width={3} height={24} rx={1}>
            <title>{`${at}: ${{ none: "not measured", good: "passed", warn: "failed in part", bad: "failed" }[state]}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
