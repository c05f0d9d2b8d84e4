// One job: its arguments and attempts, its product, and what it led to.

import { job as fetchJob, type JobDetail } from "../api";
import { addressOf, useFetched } from "../hooks";
import { Ago, Card, Cell, Empty, Shown, StateBadge } from "../ui";
import { EditTable } from "./Edits";
import { JobButtons, JobTable } from "./Jobs";

const REFRESH_MS = 5000;

export function JobPage({ id }: { id: number }) {
  const fetched = useFetched(String(id), () => fetchJob(id), REFRESH_MS);
  const isGone = fetched.error?.status === 404;
  return (
    <>
      <div className="page-head">
        <div>
          <p className="back"><a href={addressOf("jobs")}>Jobs</a></p>
          <h1>Job {id}</h1>
        </div>
        {fetched.value && !isGone && (
          <div className="tools">
            <JobButtons job={fetched.value.job} onDone={fetched.reload} />
          </div>
        )}
      </div>
      {isGone ? (
        <Card>
          <Empty title="This job is not here">Finished jobs are deleted after a day, discarded ones at once.</Empty>
        </Card>
      ) : (
        <Shown of={fetched}>{(detail) => <Detail detail={detail} reload={fetched.reload} />}</Shown>
      )}
    </>
  );
}

function Detail({ detail, reload }: { detail: JobDetail; reload: () => void }) {
  const { job, product } = detail;
  const facts: [string, React.ReactNode][] = [
    ["Kind", <span className="mono" key="kind">{job.kind}</span>],
    ["State", <StateBadge key="state" state={job.state} />],
    ["Queue", `${job.queue}, priority ${job.priority}`],
    ["Attempts", `${job.attempts} of ${job.max_attempts}${job.postponed ? `, postponed ${job.postponed} times by an outage` : ""}`],
    ["Enqueued", <Ago key="enqueued" at={job.enqueued_at} />],
    ["May run from", <Ago key="run" at={job.run_at} />],
    ["Finished", <Ago key="end" at={job.finished_at} empty="not yet" />],
    ["Worker", job.worker ?? "none so far"],
    ["Key", job.key ? <a key="key" href={addressOf("jobs", { key: job.key })} className="mono">{job.key}</a> : "none"],
    ["Unique key", <span className="mono" key="unique">{detail.unique_key ?? "none"}</span>],
    ["Origin", <span className="mono" key="origin">{detail.correlation_id ?? "unknown"}</span>],
  ];
  return (
    <>
      {job.last_error && (
        <div className="last-error">
          <h2>{job.state === "done" ? "Why there was no work" : "Last error"}</h2>
          <pre tabIndex={0}>{job.last_error}</pre>
        </div>
      )}
      <div className="columns">
        <Card title="Facts">
          <dl className="facts">
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </Card>
        <Card title="Arguments">
          <pre className="json" tabIndex={0} aria-label="Arguments of the job">{JSON.stringify(detail.args, null, 2)}</pre>
          {product && (
            <p>
              Product <a href={`https://world.${siteOf(product.server_type)}.org/product/${product.barcode}`} target="_blank" rel="noopener noreferrer">{product.barcode}</a>
              <span className="soft"> ({product.server_type}), {product.insights} insights stored</span>
            </p>
          )}
        </Card>
      </div>
      <Card title="Insights that it led to" about="Created for this product from when the job was enqueued to its end">
        {detail.insights.length ? (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Kind</th>
                <th scope="col">Value</th>
                <th scope="col">Answer</th>
                <th scope="col">Created</th>
              </tr>
            </thead>
            <tbody>
              {detail.insights.map((insight) => (
                <tr key={insight.id}>
                  <th scope="row">{insight.kind}</th>
                  <Cell label="Value">{insight.value ?? "–"}</Cell>
                  <Cell label="Answer">{insight.annotation === null ? "open" : insight.annotation}</Cell>
                  <Cell label="Created"><Ago at={insight.created_at} /></Cell>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <Empty title="No insights" />
        )}
      </Card>
      <Card title="Edits of the same origin">
        {detail.edits.length ? <EditTable edits={detail.edits} /> : <Empty title="No edits" />}
      </Card>
      {detail.related.length > 0 && (
        <Card title="Other jobs of this key">
          <JobTable jobs={detail.related} reload={reload} />
        </Card>
      )}
    </>
  );
}

const SITES: Record<string, string> = { obf: "openbeautyfacts", opff: "openpetfoodfacts", opf: "openproductsfacts" };
const siteOf = (serverType: string) => SITES[serverType] ?? "openfoodfacts";

