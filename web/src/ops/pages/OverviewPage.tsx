// What runs and waits, what needs attention, and how the last hours were.

import { useState } from "react";

import { type Overview, type Queue, type Series, series, type Service, setQueuePaused } from "../api";
import { Chart, type Line, roundTimeUp } from "../charts";
import { bytes, count, duration, plural, short, span } from "../format";
import { addressOf, useFetched, useLive } from "../hooks";
import { Ago, Badge, Button, Card, Cell, Empty, Loading, Shown, StateBadge, Tabs, useAction, useFeedback } from "../ui";

const RANGES = ["hour", "day", "week"] as const;
/** Time after which charts are drawn anew: a new minute is stored each minute. */
const CHARTS_MS = 30_000;

export function OverviewPage() {
  const { overview } = useLive();
  return (
    <>
      <div className="page-head">
        <h1>Overview</h1>
      </div>
      {overview ? <Now overview={overview} /> : <Loading rows={6} />}
      <Charts />
    </>
  );
}

function Now({ overview }: { overview: Overview }) {
  return (
    <>
      <Attention overview={overview} />
      <Figures overview={overview} />
      <div className="columns">
        <Queues queues={overview.queues} />
        <Services services={overview.services} />
      </div>
      <Running services={overview.services} />
    </>
  );
}

const PAGE_OF_AREA: Record<string, string> = {
  jobs: "jobs",
  edits: "edits",
  events: "events",
  health: "health",
  services: "",
};

function Attention({ overview }: { overview: Overview }) {
  const { attention } = overview;
  if (!attention.length) {
    return (
      <p className="all-well">
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M4 10.5l4 4 8-9" />
        </svg>
        Everything runs. Nothing waits for a person.
      </p>
    );
  }
  return (
    <section className="attention" aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <ul>
        {attention.map((finding) => (
          <li key={finding.text} className={finding.severity}>
            <Badge tone={finding.severity === "critical" ? "bad" : "warn"}>{finding.severity}</Badge>
            <span>{finding.text}</span>
            {PAGE_OF_AREA[finding.area] && (
              <a href={addressOf(PAGE_OF_AREA[finding.area] ?? "", finding.area === "jobs" ? { state: "dead" } : {})}>
                Show
                <span className="hidden"> {finding.area}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Figures({ overview }: { overview: Overview }) {
  const total = (state: string) => overview.queues.reduce((sum, queue) => sum + (queue.jobs[state] ?? 0), 0);
  const more = (state: string) => (overview.queues.some((queue) => queue.capped.includes(state)) ? "+" : "");
  const ages = overview.queues.map((queue) => queue.age_secs ?? 0);
  const alive = overview.services.filter((service) => service.state !== "lost").length;
  const figures = [
    { name: "Waiting jobs", value: short(total("waiting")) + more("waiting"), note: `oldest ready for ${span(Math.max(0, ...ages))}` },
    { name: "Running jobs", value: short(total("running")), note: `${plural(alive, "process", "processes")} up` },
    { name: "Dead jobs", value: short(total("dead")) + more("dead"), note: "kept until someone decides", isBad: total("dead") > 0 },
    {
      name: "Events behind",
      value: overview.events.lag === null || overview.events.lag === undefined ? "–" : short(overview.events.lag),
      note: overview.events.has_source ? plural(overview.events.parked, "parked event") : "no event stream is set",
    },
  ];
  return (
    <dl className="figures">
      {figures.map((figure) => (
        <div key={figure.name} className={figure.isBad ? "figure bad" : "figure"}>
          <dt>{figure.name}</dt>
          <dd className="figure-value">{figure.value}</dd>
          <dd className="soft">{figure.note}</dd>
        </div>
      ))}
    </dl>
  );
}

function Queues({ queues }: { queues: Queue[] }) {
  return (
    <Card title="Queues" about="Most urgent first">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col" className="number">Waiting</th>
            <th scope="col" className="number">Running</th>
            <th scope="col" className="number">Dead</th>
            <th scope="col" className="number">Oldest</th>
            <th scope="col"><span className="hidden">Action</span></th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <QueueRow key={queue.name} queue={queue} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function QueueRow({ queue }: { queue: Queue }) {
  const { ask } = useFeedback();
  const { isBusy, run } = useAction();
  const jobs = (state: string) => {
    const number = short(queue.jobs[state] ?? 0) + (queue.capped.includes(state) ? "+" : "");
    return <a href={addressOf("jobs", { queue: queue.name, state })}>{number}</a>;
  };
  const toggle = () =>
    run(async () => {
      if (!queue.is_paused) {
        const agrees = await ask({
          title: `Pause queue “${queue.name}”?`,
          text: <p>Jobs that run go on. The {plural(queue.jobs["waiting"] ?? 0, "waiting job")} and new ones wait until you resume the queue.</p>,
          confirm: "Pause",
        });
        if (!agrees) return null;
      }
      await setQueuePaused(queue.name, !queue.is_paused);
      return queue.is_paused ? `Queue ${queue.name} is resumed.` : `Queue ${queue.name} is paused.`;
    });
  return (
    <tr>
      <th scope="row">
        {queue.name} {queue.is_paused && <Badge tone="warn">paused</Badge>}
      </th>
      <Cell label="Waiting" className="number">{jobs("waiting")}</Cell>
      <Cell label="Running" className="number">{jobs("running")}</Cell>
      <Cell label="Dead" className="number">{jobs("dead")}</Cell>
      <Cell label="Oldest" className="number">{typeof queue.age_secs === "number" ? span(queue.age_secs) : <span className="soft">–</span>}</Cell>
      <Cell label="Action" className="actions">
        <Button isBusy={isBusy} onClick={() => void toggle()} aria-label={`${queue.is_paused ? "Resume" : "Pause"} queue ${queue.name}`}>
          {queue.is_paused ? "Resume" : "Pause"}
        </Button>
      </Cell>
    </tr>
  );
}

function Services({ services }: { services: Service[] }) {
  return (
    <Card title="Services" about="Every process that reports to this database">
      {services.length ? (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">State</th>
              <th scope="col">Started</th>
              <th scope="col" className="number">Memory</th>
            </tr>
          </thead>
          <tbody>
            {services.map((service) => (
              <tr key={service.id}>
                <th scope="row">
                  {service.kind}
                  <small>
                    {service.host} · {service.process} · {service.version}
                  </small>
                </th>
                <Cell label="State">
                  <StateBadge state={service.state} />
                </Cell>
                <Cell label="Started"><Ago at={service.started_at} /></Cell>
                <Cell label="Memory" className="number">
                  {typeof service.memory_bytes === "number" ? bytes(service.memory_bytes) : "–"}
                </Cell>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty title="No service reports">Start one with <code>robotoff up</code>.</Empty>
      )}
    </Card>
  );
}

function Running({ services }: { services: Service[] }) {
  const jobs = services
    .filter((service) => service.state !== "lost")
    .flatMap((service) => service.jobs.map((job) => ({ ...job, where: `${service.kind} on ${service.host}` })));
  if (!jobs.length) return null;
  return (
    <Card title="Running now" about="As the workers reported within the last ten seconds">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Kind</th>
            <th scope="col">Since</th>
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody>
          {jobs.slice(0, 20).map((job) => (
            <tr key={job.id}>
              <th scope="row"><a href={addressOf(`jobs/${job.id}`)}>{job.id}</a></th>
              <Cell label="Kind">{job.kind}</Cell>
              <Cell label="Since"><Ago at={job.since} /></Cell>
              <Cell label="Where">{job.where}</Cell>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Charts() {
  const [range, setRange] = useState<(typeof RANGES)[number]>("hour");
  const fetched = useFetched(range, () => series(range), CHARTS_MS);
  return (
    <section aria-labelledby="history">
      <div className="section-head">
        <h2 id="history">History</h2>
        <Tabs label="Range of the charts" names={RANGES} chosen={range} choose={setRange} />
      </div>
      <Shown of={fetched}>{(value) => <Graphs series={value} />}</Shown>
    </section>
  );
}

/** Sum of the counts whose name ends so, per minute. */
function rate(all: Series, isWanted: (name: string) => boolean): (number | null)[] {
  const wanted = Object.entries(all.counts).filter(([name]) => isWanted(name));
  return Array.from({ length: all.bins }, (_, bin) => {
    const values = wanted.map(([, values]) => values[bin] ?? null).filter((value) => value !== null);
    if (!values.length) return null;
    return (values.reduce((sum, value) => sum + value, 0) * 60) / all.step_secs;
  });
}

function Graphs({ series: all }: { series: Series }) {
  const start = Date.parse(all.start);
  const frame = { start, stepSecs: all.step_secs };
  const none: null[] = Array.from({ length: all.bins }, () => null);
  const gauge = (name: string, title: string, color: number): Line => ({ name: title, color, values: all.gauges[name] ?? none });
  const times = (name: string) =>
    ["p50", "p95", "p99"].map((percentile, place): Line => ({
      name: percentile,
      color: place + 1,
      values: all.durations[`${name}:${percentile}`] ?? none,
    }));
  const jobs = (...results: string[]) =>
    rate(all, (name) => name.startsWith("job:") && results.some((result) => name.endsWith(`:${result}`)));
  const queues = ["high", "ml", "low"];
  const perMinute = (value: number) => short(value);
  const answers = (results: RegExp) => rate(all, (name) => name.startsWith("answer:") && results.test(name));
  return (
    <div className="charts">
      <Chart {...frame} title="Waiting jobs" about="by queue" format={short}
        lines={queues.map((name, place) => gauge(`queue:${name}:waiting`, name, place + 1))} />
      <Chart {...frame} title="Jobs a minute" about="attempts by result" isStacked format={perMinute}
        lines={[
          { name: "done", color: 1, values: jobs("done", "skipped") },
          { name: "tried again", color: 4, values: jobs("failed", "postponed", "released", "lease_lost") },
          { name: "given up", color: 5, values: jobs("discarded", "cancelled") },
        ]} />
      <Chart {...frame} title="Age of the oldest ready job" about="by queue" format={span} round={roundTimeUp}
        lines={queues.map((name, place) => gauge(`queue:${name}:age`, name, place + 1))} />
      <Chart {...frame} title="Duration of jobs" about="percentiles" format={duration} round={roundTimeUp} lines={times("job")} />
      <Chart {...frame} title="Requests a minute" about="without this dashboard's" isStacked format={perMinute}
        lines={[
          { name: "answered", color: 1, values: rate(all, (name) => /^request:[123]xx$/.test(name)) },
          { name: "refused (4xx)", color: 4, values: rate(all, (name) => name === "request:4xx") },
          { name: "failed (5xx)", color: 5, values: rate(all, (name) => name === "request:5xx") },
        ]} />
      <Chart {...frame} title="Duration of requests" about="percentiles" format={duration} round={roundTimeUp} lines={times("request")} />
      <Chart {...frame} title="Answers a minute" about="of people" isStacked format={perMinute}
        lines={[
          { name: "stored", color: 1, values: answers(/./) },
        ]} />
      <Chart {...frame} title="Edits a minute" about="sent to Product Opener" isStacked format={perMinute}
        lines={[{ name: "sent", color: 2, values: rate(all, (name) => name.startsWith("edit:")) }]} />
      <Chart {...frame} title="Events" about="not yet stored, and parked" format={count}
        lines={[gauge("events:lag", "behind", 2), gauge("events:parked", "parked", 5)]} />
      <Chart {...frame} title="Dead jobs" about="by queue" format={short}
        lines={queues.map((name, place) => gauge(`queue:${name}:dead`, name, place + 1))} />
    </div>
  );
}
