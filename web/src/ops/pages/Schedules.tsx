// Periodic jobs: last result, next time; run now, enable, disable.

import { runSchedule, type Schedule, schedules as fetchSchedules, setScheduleEnabled } from "../api";
import { addressOf, useFetched } from "../hooks";
import { Ago, Badge, Button, Card, Cell, Shown, StateBadge, useAction, useFeedback } from "../ui";

const REFRESH_MS = 5000;

export function Schedules() {
  const fetched = useFetched("schedules", fetchSchedules, REFRESH_MS);
  return (
    <>
      <div className="page-head">
        <h1>Schedules</h1>
      </div>
      <Card about="Times are in UTC. A disabled row can still be run by hand." title="Periodic jobs">
        <Shown of={fetched}>
          {({ schedules }) => (
            <table className="table wide-table">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Times</th>
                  <th scope="col">Last run</th>
                  <th scope="col">Last result</th>
                  <th scope="col">Next run</th>
                  <th scope="col"><span className="hidden">Action</span></th>
                </tr>
              </thead>
              <tbody>
                {schedules.map((schedule) => (
                  <Row key={schedule.name} schedule={schedule} reload={fetched.reload} />
                ))}
              </tbody>
            </table>
          )}
        </Shown>
      </Card>
    </>
  );
}

function Row({ schedule, reload }: { schedule: Schedule; reload: () => void }) {
  const { ask } = useFeedback();
  const { isBusy, run } = useAction();
  const { name, is_enabled: isEnabled, last_job: last } = schedule;
  const runNow = () =>
    run(async () => {
      const { job } = await runSchedule(name);
      reload();
      return `${name} runs as job ${job}.`;
    });
  const toggle = () =>
    run(async () => {
      if (isEnabled) {
        const agrees = await ask({
          title: `Disable “${name}”?`,
          text: <p>It {schedule.about}. While it is disabled it does not run, and times that it misses are not caught up.</p>,
          confirm: "Disable",
          isDangerous: true,
        });
        if (!agrees) return null;
      }
      await setScheduleEnabled(name, !isEnabled);
      reload();
      return `${name} is ${isEnabled ? "disabled" : "enabled"}.`;
    });
  return (
    <tr>
      <th scope="row">
        {name} {!isEnabled && <Badge tone="warn">disabled</Badge>}
        <small>{schedule.about}</small>
      </th>
      <Cell label="Times" className="mono">{schedule.cron}</Cell>
      <Cell label="Last run"><Ago at={schedule.fired_at} /></Cell>
      <Cell label="Last result">
        {last ? (
          <>
            <a href={addressOf(`jobs/${last.id}`)} aria-label={`${last.state}, job ${last.id}`}><StateBadge state={last.state} /></a>
            {last.error && <small>{last.error}</small>}
          </>
        ) : (
          <span className="soft">–</span>
        )}
      </Cell>
      <Cell label="Next run"><Ago at={schedule.next_at} empty={isEnabled ? "when a scheduler runs" : "not by itself"} /></Cell>
      <Cell label="Action" className="actions">
        <Button isBusy={isBusy} onClick={() => void runNow()} aria-label={`Run ${name} now`}>Run now</Button>
        <Button isBusy={isBusy} kind="quiet" onClick={() => void toggle()} aria-label={`${isEnabled ? "Disable" : "Enable"} ${name}`}>
          {isEnabled ? "Disable" : "Enable"}
        </Button>
      </Cell>
    </tr>
  );
}
