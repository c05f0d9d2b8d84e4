// Health of each dependency, now and over the last day.

import { type Health as HealthState, health as fetchHealth } from "../api";
import { Chart, HealthStrip, roundTimeUp } from "../charts";
import { clockTime, duration } from "../format";
import { useFetched } from "../hooks";
import { Badge, Card, Empty, Shown } from "../ui";

const REFRESH_MS = 15_000;

/** What a check is called for people. */
const nameOf = (check: string) => check.replace(/^test_(connect_)?/, "").replaceAll("_", " ");

export function Health() {
  const fetched = useFetched("health", fetchHealth, REFRESH_MS);
  return (
    <>
      <div className="page-head">
        <h1>Health</h1>
      </div>
      <Shown of={fetched}>{(health) => <Checks health={health} />}</Shown>
    </>
  );
}

function Checks({ health }: { health: HealthState }) {
  const start = Date.parse(health.start);
  if (!health.checks.length) {
    return (
      <Card>
        <Empty title="No dependency is checked" />
      </Card>
    );
  }
  return health.checks.map((check) => {
    const known = check.passes.filter((value) => value !== null);
    const share = known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
    return (
      <Card
        key={check.name}
        title={nameOf(check.name)}
        about={check.output}
        tools={<Badge tone={check.passed ? "good" : "bad"}>{check.passed ? "healthy" : "failing"}</Badge>}
      >
        <div className="strip-frame">
          <HealthStrip name={nameOf(check.name)} passes={check.passes} start={start} stepSecs={health.step_secs} />
          <div className="strip-scale soft">
            <span>{clockTime(start)} yesterday</span>
            <span>{share === null ? "no history yet" : `${(share * 100).toFixed(share === 1 ? 0 : 2)} % of checks passed`}</span>
            <span>now</span>
          </div>
        </div>
        <Chart
          title={`Response time of ${nameOf(check.name)}`}
          about={`now ${duration(check.response_secs)}`}
          lines={[{ name: "mean", color: 2, values: check.response_times }]}
          start={start}
          stepSecs={health.step_secs}
          format={duration}
          round={roundTimeUp}
        />
      </Card>
    );
  });
}
