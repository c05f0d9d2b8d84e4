// Fetched data, indexes and models of the host of this API.

import { type Data as DataState, data as fetchData } from "../api";
import { bytes, count } from "../format";
import { useFetched } from "../hooks";
import { Ago, Badge, Card, Cell, Empty, Shown, StateBadge } from "../ui";

export function Data() {
  const fetched = useFetched("data", fetchData, 60_000);
  return (
    <>
      <div className="page-head">
        <h1>Data &amp; models</h1>
      </div>
      <Shown of={fetched}>
        {(data) => (
          <>
            <Files data={data} />
            <Indexes data={data} />
            <Models data={data} />
          </>
        )}
      </Shown>
    </>
  );
}

function Files({ data }: { data: DataState }) {
  const files = data.data.filter((file) => typeof file.bytes === "number");
  return (
    <Card title="Data" about={<>Word lists, taxonomies and dumps in <code>{data.data_folder}</code></>}>
      {files.length ? (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Group</th>
              <th scope="col" className="number">Size</th>
              <th scope="col" className="number">Entries</th>
              <th scope="col">Fetched</th>
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <tr key={file.path}>
                <th scope="row">{file.path}</th>
                <Cell label="Group">{file.group}</Cell>
                <Cell label="Size" className="number">{bytes(file.bytes ?? 0)}</Cell>
                <Cell label="Entries" className="number">{typeof file.entries === "number" ? count(file.entries) : "–"}</Cell>
                <Cell label="Fetched"><Ago at={file.fetched_at} empty="not by this program" /></Cell>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty title="Nothing is fetched">The data that are built into the program are used. <code>robotoff data pull</code> fetches newer ones.</Empty>
      )}
    </Card>
  );
}

function Indexes({ data }: { data: DataState }) {
  return (
    <Card title="Search indexes" about={data.engine ?? "No search engine is configured"}>
      {data.engine_error && <p className="note bad">The engine does not answer: {data.engine_error}</p>}
      {data.indexes.length ? (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Index</th>
              <th scope="col">Version</th>
              <th scope="col" className="number">Documents</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {data.indexes.map((index) => (
              <tr key={`${index.index} ${index.version}`}>
                <th scope="row">{index.index}</th>
                <Cell label="Version" className="mono">{index.version}</Cell>
                <Cell label="Documents" className="number">{count(index.documents)}</Cell>
                <Cell label="State">
                  {index.is_current ? <Badge tone="good">current</Badge> : <Badge>{index.is_complete ? "complete" : "being built"}</Badge>}
                </Cell>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        !data.engine_error && <Empty title="No index is built">{data.engine && "It is built when the first query needs it."}</Empty>
      )}
    </Card>
  );
}

function Models({ data }: { data: DataState }) {
  return (
    <Card title="Models" about={<>Weights in <code>{data.model_folder}</code></>}>
      {data.models.length ? (
        <table className="table wide-table">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Version</th>
              <th scope="col">Licence</th>
              <th scope="col" className="number">Size</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {data.models.map((model) => (
              <tr key={model.name}>
                <th scope="row">
                  {model.name}
                  <small>{model.purpose}</small>
                </th>
                <Cell label="Version">{model.version}</Cell>
                <Cell label="Licence">{model.licence}</Cell>
                <Cell label="Size" className="number">{bytes(model.bytes)}</Cell>
                <Cell label="State"><StateBadge state={model.state} /></Cell>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty title="No models" />
      )}
    </Card>
  );
}
