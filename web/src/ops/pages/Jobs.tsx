// Jobs by filter; one or all that match are retried, cancelled or discarded.

import { useState } from "react";

import {
  changeFoundJobs,
  type ChangeReport,
  changeJobs,
  countJobs,
  type Job,
  type JobAction,
  jobs as fetchJobs,
  type JobSelection,
} from "../api";
import { plural } from "../format";
import { addressOf, useFetched } from "../hooks";
import { Ago, Button, Card, Cell, Empty, Pager, Shown, StateBadge, useAction, useFeedback } from "../ui";

const STATES = ["waiting", "running", "done", "dead", "cancelled"];
const QUEUES = ["high", "ml", "low"];
const FILTERS = ["state", "queue", "kind", "key", "error"] as const;
/** The list changes by itself, but not while someone reads it. */
const REFRESH_MS = 15_000;

export const JOB_ACTIONS: Record<JobAction, { name: string; done: string; states: string[]; follows: string; isDangerous: boolean }> = {
  retry: {
    name: "Retry",
    done: "retried",
    states: ["dead", "cancelled"],
    follows: "They go back in line with fresh attempts.",
    isDangerous: false,
  },
  cancel: {
    name: "Cancel",
    done: "cancelled",
    states: ["waiting", "running"],
    follows: "Waiting ones end at once; running ones are asked to stop.",
    isDangerous: true,
  },
  discard: {
    name: "Discard",
    done: "discarded",
    states: ["waiting", "dead", "cancelled"],
    follows: "They are deleted and their work is given up. This cannot be undone.",
    isDangerous: true,
  },
};

/** A sentence about what a change did. */
export function told(report: ChangeReport, what: string, done: string): string {
  const changed = `${plural(report.changed, what)} ${done}.`;
  if (!report.refused) return changed;
  const why = report.refusals[0] ? ` (${report.refusals[0].why})` : "";
  return `${changed} ${plural(report.refused, what)} left as before${why}.`;
}

export function Jobs({ params }: { params: URLSearchParams }) {
  const filter = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ""])) as Record<(typeof FILTERS)[number], string>;
  const below = Number(params.get("below")) || undefined;
  const key = params.toString();
  const fetched = useFetched(key, () => fetchJobs(filter, below), REFRESH_MS);
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const go = (change: Record<string, string>) => {
    location.hash = addressOf("jobs", { ...filter, ...change });
  };
  const isFiltered = FILTERS.some((name) => filter[name]);
  return (
    <>
      <div className="page-head">
        <h1>Jobs</h1>
      </div>
      <Card>
        <Filters filter={filter} go={go} isFiltered={isFiltered} />
        <BulkActions
          filter={filter}
          isFiltered={isFiltered}
          selected={selected}
          onDone={() => {
            setSelected(new Set());
            fetched.reload();
          }}
        />
        <Shown of={fetched}>
          {(page) =>
            page.jobs.length ? (
              <JobTable jobs={page.jobs} selected={selected} select={setSelected} reload={fetched.reload} />
            ) : (
              <Empty title={isFiltered ? "No job matches" : "No jobs"}>
                {isFiltered ? (
                  <a href={addressOf("jobs")}>Show all jobs</a>
                ) : (
                  "Jobs appear when images are uploaded, products change or a schedule fires."
                )}
              </Empty>
            )
          }
        </Shown>
        <Pager
          hasPrevious={below !== undefined}
          hasNext={typeof fetched.value?.next === "number"}
          first={() => go({})}
          next={() => go({ below: String(fetched.value?.next ?? "") })}
        />
      </Card>
    </>
  );
}

function Filters(props: {
  filter: Record<string, string>;
  go: (change: Record<string, string>) => void;
  isFiltered: boolean;
}) {
  const { filter, go, isFiltered } = props;
  const choice = (name: string, label: string, values: string[]) => (
    <label>
      {label}
      <select value={filter[name]} onChange={(event) => go({ [name]: event.target.value })}>
        <option value="">any</option>
        {values.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </label>
  );
  return (
    <form
      className="filters"
      role="search"
      aria-label="Filter jobs"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        go(Object.fromEntries(["kind", "key", "error"].map((name) => [name, String(form.get(name) ?? "").trim()])));
      }}
    >
      {choice("state", "State", STATES)}
      {choice("queue", "Queue", QUEUES)}
      <label>
        Kind
        <input name="kind" defaultValue={filter["kind"]} placeholder="import_image" />
      </label>
      <label>
        Key
        <input name="key" defaultValue={filter["key"]} placeholder="product:off:3017620422003" />
      </label>
      <label>
        Error contains
        <input name="error" defaultValue={filter["error"]} placeholder="timeout" />
      </label>
      <div className="filter-buttons">
        <Button type="submit">Filter</Button>
        {isFiltered && (
          <a className="button quiet" href={addressOf("jobs")}>
            Clear
          </a>
        )}
      </div>
    </form>
  );
}

function BulkActions(props: {
  filter: Record<string, string>;
  isFiltered: boolean;
  selected: ReadonlySet<number>;
  onDone: () => void;
}) {
  const { filter, isFiltered, selected, onDone } = props;
  const { ask } = useFeedback();
  const { isBusy, run } = useAction();
  const state = filter["state"] ?? "";
  const actions = (Object.keys(JOB_ACTIONS) as JobAction[]).filter(
    (action) => !state || JOB_ACTIONS[action].states.includes(state),
  );
  const start = (action: JobAction) =>
    run(async () => {
      const { name, done, follows, isDangerous } = JOB_ACTIONS[action];
      const ids = [...selected];
      const given = Object.entries(filter).filter(([, value]) => value);
      const selection = Object.fromEntries(given) as JobSelection;
      const counted = ids.length ? null : await countJobs(action, selection);
      const number = counted ? counted.found : ids.length;
      if (!number) return `No job that matches can be ${done}.`;
      const agrees = await ask({
        title: `${name} ${plural(number, "job")}?`,
        text: (
          <>
            <p>{follows}</p>
            {counted?.is_capped && <p>More jobs match: the newest {number} are changed now, the others when you repeat this.</p>}
          </>
        ),
        confirm: `${name} ${plural(number, "job")}`,
        isDangerous,
      });
      if (!agrees) return null;
      const report = counted ? await changeFoundJobs(action, selection, number) : await changeJobs(action, ids);
      onDone();
      return told(report, "job", done);
    });
  if (!selected.size && !isFiltered) {
    return <p className="hint soft">Select jobs, or filter them, to change several at once.</p>;
  }
  return (
    <div className="bulk" role="group" aria-label="Change jobs">
      <span>{selected.size ? `${plural(selected.size, "job")} selected` : "All jobs that match"}</span>
      {actions.map((action) => (
        <Button key={action} kind={action === "discard" ? "danger" : "plain"} isBusy={isBusy} onClick={() => void start(action)}>
          {JOB_ACTIONS[action].name} {selected.size ? "selected" : "all"}
        </Button>
      ))}
    </div>
  );
}

export function JobTable(props: {
  jobs: Job[];
  reload: () => void;
  selected?: ReadonlySet<number>;
  select?: (ids: ReadonlySet<number>) => void;
}) {
  const { jobs, selected, select, reload } = props;
  const isAll = !!selected && jobs.every((job) => selected.has(job.id));
  const toggle = (ids: number[], isOn: boolean) => {
    const changed = new Set(selected);
    for (const id of ids) if (isOn) changed.add(id); else changed.delete(id);
    select?.(changed);
  };
  return (
    <table className="table wide-table">
      <thead>
        <tr>
          {selected && (
            <th scope="col" className="check">
              <input
                type="checkbox"
                aria-label="Select every job of this page"
                checked={isAll}
                onChange={(event) => toggle(jobs.map((job) => job.id), event.target.checked)}
              />
            </th>
          )}
          <th scope="col">Job</th>
          <th scope="col">State</th>
          <th scope="col">Queue</th>
          <th scope="col">Key</th>
          <th scope="col" className="number">Attempts</th>
          <th scope="col">Enqueued</th>
          <th scope="col">Error</th>
          <th scope="col"><span className="hidden">Action</span></th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id}>
            {selected && (
              <td className="check">
                <input
                  type="checkbox"
                  aria-label={`Select job ${job.id}`}
                  checked={selected.has(job.id)}
                  onChange={(event) => toggle([job.id], event.target.checked)}
                />
              </td>
            )}
            <th scope="row">
              <a href={addressOf(`jobs/${job.id}`)}>{job.kind}</a>
              <small>#{job.id}</small>
            </th>
            <Cell label="State"><StateBadge state={job.state} /></Cell>
            <Cell label="Queue">{job.queue}</Cell>
            <Cell label="Key" className="clip mono">{job.key ?? <span className="soft">–</span>}</Cell>
            <Cell label="Attempts" className="number">{job.attempts}/{job.max_attempts}</Cell>
            <Cell label="Enqueued"><Ago at={job.enqueued_at} /></Cell>
            <Cell label="Error" className="clip">{job.last_error ?? <span className="soft">–</span>}</Cell>
            <Cell label="Action" className="actions"><JobButtons job={job} onDone={reload} isShort /></Cell>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function JobButtons({ job, onDone, isShort = false }: { job: Job; onDone: () => void; isShort?: boolean }) {
  const { ask } = useFeedback();
  const { isBusy, run } = useAction();
  const possible = (Object.keys(JOB_ACTIONS) as JobAction[]).filter((action) => JOB_ACTIONS[action].states.includes(job.state));
  // In a row only the likeliest: the page of the job has them all.
  const actions = isShort ? possible.slice(0, 1) : possible;
  const start = (action: JobAction) =>
    run(async () => {
      const { name, done, isDangerous } = JOB_ACTIONS[action];
      if (isDangerous) {
        const agrees = await ask({
          title: `${name} job ${job.id}?`,
          text: <p>{action === "discard" ? "It is deleted and its work is given up. This cannot be undone." : "It is not run, or stopped if it runs."}</p>,
          confirm: `${name} the job`,
          isDangerous,
        });
        if (!agrees) return null;
      }
      const report = await changeJobs(action, [job.id]);
      onDone();
      return told(report, "job", done);
    });
  return actions.map((action) => (
    <Button
      key={action}
      isBusy={isBusy}
      kind={action === "discard" ? "danger" : "plain"}
      onClick={() => void start(action)}
      aria-label={isShort ? `${JOB_ACTIONS[action].name} job ${job.id}` : undefined}
    >
      {JOB_ACTIONS[action].name}
    </Button>
  ));
}
