// Edits by state; settled by hand or sent again.

import { changeEdits, type Edit, type EditAction, edits as fetchEdits } from "../api";
import { plural, short } from "../format";
import { addressOf, useFetched, useLive } from "../hooks";
import { Ago, Button, Card, Cell, Empty, Pager, Shown, StateBadge, useAction, useFeedback } from "../ui";
import { told } from "./Jobs";

const STATES = ["unknown", "partial", "failed", "retry", "sending", "accepted", "refused", "recorded"];
const REFRESH_MS = 10_000;

const ABOUT: Record<string, string> = {
  unknown: "They may have reached the product: look at it, then settle or retry.",
  partial: "Some of their changes were made. The next answer sends the others.",
  failed: "They were sent under a person's login and did not arrive.",
  retry: "Product Opener was out of reach: a job sends them again.",
  recorded: "They are kept to be looked at and never sent (EDITS=record).",
};

export function Edits({ params }: { params: URLSearchParams }) {
  const { overview } = useLive();
  const state = params.get("state") ?? "";
  const barcode = params.get("barcode") ?? "";
  const after = params.get("after") ?? undefined;
  const fetched = useFetched(params.toString(), () => fetchEdits(state, barcode, after), REFRESH_MS);
  const go = (change: Record<string, string>) => {
    location.hash = addressOf("edits", { state, barcode, ...change });
  };
  return (
    <>
      <div className="page-head">
        <h1>Edits</h1>
      </div>
      <Card>
        <nav className="state-tabs" aria-label="States of edits">
          {["", ...STATES].map((name) => {
            const number = overview?.edits[name] ?? 0;
            return (
              <a key={name} href={addressOf("edits", { state: name, barcode })} aria-current={name === state ? "true" : undefined}>
                {name || "all"} {number > 0 && <span className="soft">{short(number)}</span>}
              </a>
            );
          })}
        </nav>
        <form
          className="filters"
          role="search"
          aria-label="Filter edits"
          onSubmit={(event) => {
            event.preventDefault();
            go({ barcode: String(new FormData(event.currentTarget).get("barcode") ?? "").trim() });
          }}
        >
          <label>
            Barcode
            <input name="barcode" defaultValue={barcode} placeholder="3017620422003" inputMode="numeric" />
          </label>
          <div className="filter-buttons">
            <Button type="submit">Filter</Button>
            {barcode && <a className="button quiet" href={addressOf("edits", { state })}>Clear</a>}
          </div>
        </form>
        {ABOUT[state] && <p className="hint soft">{ABOUT[state]}</p>}
        <Shown of={fetched}>
          {(page) =>
            page.edits.length ? (
              <EditTable edits={page.edits} onDone={fetched.reload} />
            ) : (
              <Empty title={state ? `No edit is ${state}` : "No edits"}>Edits follow from answers and from automatic insights.</Empty>
            )
          }
        </Shown>
        <Pager
          hasPrevious={after !== undefined}
          hasNext={!!fetched.value?.next}
          first={() => go({})}
          next={() => go({ after: fetched.value?.next ?? "" })}
        />
      </Card>
    </>
  );
}

/** Edits; with `onDone` those that wait for a person can be settled and sent again. */
export function EditTable({ edits, onDone }: { edits: Edit[]; onDone?: () => void }) {
  return (
    <table className="table wide-table">
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col">State</th>
          <th scope="col">Changes</th>
          <th scope="col">Account</th>
          <th scope="col">Made</th>
          <th scope="col">Error</th>
          {onDone && <th scope="col"><span className="hidden">Action</span></th>}
        </tr>
      </thead>
      <tbody>
        {edits.map((edit) => (
          <tr key={edit.id}>
            <th scope="row">
              {edit.barcode}
              <small>{edit.server_type} · {edit.id.slice(0, 8)}</small>
            </th>
            <Cell label="State"><StateBadge state={edit.state} /></Cell>
            <Cell label="Changes" className="clip mono">{changesOf(edit)}</Cell>
            <Cell label="Account">{edit.account}</Cell>
            <Cell label="Made"><Ago at={edit.created_at} /></Cell>
            <Cell label="Error" className="clip">{edit.last_error ?? <span className="soft">–</span>}</Cell>
            {onDone && (
              <Cell label="Action" className="actions"><EditButtons edit={edit} onDone={onDone} /></Cell>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function changesOf(edit: Edit): string {
  const changes = Array.isArray(edit.changes) ? edit.changes : [edit.changes];
  return changes.map((change) => JSON.stringify(change).replace(/["{}]/g, "").replace(/[:,]/g, " ")).join("; ");
}

const WORDS: Record<EditAction, { name: string; done: string; follows: string }> = {
  settle_accepted: { name: "Accepted", done: "settled as accepted", follows: "The product has the change. The insight is closed." },
  settle_refused: { name: "Refused", done: "settled as refused", follows: "The product does not have the change and will not get it from this edit. The insight may be asked again." },
  retry: { name: "Retry", done: "sent again by a job", follows: "" },
};

function EditButtons({ edit, onDone }: { edit: Edit; onDone: () => void }) {
  const { ask } = useFeedback();
  const { isBusy, run } = useAction();
  const change = (action: EditAction) =>
    run(async () => {
      const { name, done, follows } = WORDS[action];
      if (follows) {
        const agrees = await ask({
          title: `Settle as ${name.toLowerCase()}?`,
          text: <p>{follows}</p>,
          confirm: `Settle ${plural(1, "edit")}`,
          isDangerous: true,
        });
        if (!agrees) return null;
      }
      const report = await changeEdits(action, [edit.id]);
      onDone();
      return told(report, "edit", done);
    });
  return (
    <>
      {edit.can_retry && <Button isBusy={isBusy} onClick={() => void change("retry")} aria-label={`Retry the edit of ${edit.barcode}`}>Retry</Button>}
      {edit.can_settle && (
        <>
          <Button isBusy={isBusy} onClick={() => void change("settle_accepted")} aria-label={`Settle the edit of ${edit.barcode} as accepted`}>Accepted</Button>
          <Button isBusy={isBusy} kind="quiet" onClick={() => void change("settle_refused")} aria-label={`Settle the edit of ${edit.barcode} as refused`}>Refused</Button>
        </>
      )}
    </>
  );
}
