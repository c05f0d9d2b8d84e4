// Streams of events: how far they are stored, gaps, and events that could not be read.

import { useState } from "react";

import { changeAllEvents, changeEvents, countEvents, type EventAction, type Events as EventState, events as fetchEvents, type ParkedEvent, parkedEvents } from "../api";
import { count, plural } from "../format";
import { useFetched } from "../hooks";
import { Ago, Badge, Button, Card, Cell, Empty, Pager, Shown, useAction, useFeedback } from "../ui";
import { told } from "./Jobs";

const REFRESH_MS = 10_000;

export function Events() {
  const state = useFetched("events", fetchEvents, REFRESH_MS);
  return (
    <>
      <div className="page-head">
        <h1>Events</h1>
      </div>
      <Card title="Streams" about="Entries that Product Opener writes, and how far they are stored as jobs">
        <Shown of={state}>{(value) => <Streams state={value} />}</Shown>
      </Card>
      <Parked onChange={state.reload} />
    </>
  );
}

function Streams({ state }: { state: EventState }) {
  return (
    <>
      {state.error && <p className="note bad">The streams do not answer: {state.error}</p>}
      {state.streams.length ? (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Stream</th>
              <th scope="col" className="number">Entries</th>
              <th scope="col" className="number">Not taken</th>
              <th scope="col" className="number">Not acknowledged</th>
              <th scope="col">Stored up to</th>
              <th scope="col">Gap</th>
            </tr>
          </thead>
          <tbody>
            {state.streams.map((stream) => (
              <tr key={stream.name}>
                <th scope="row">{stream.name}</th>
                <Cell label="Entries" className="number">{number(stream.length)}</Cell>
                <Cell label="Not taken" className="number">{number(stream.waiting)}</Cell>
                <Cell label="Not acknowledged" className="number">{number(stream.pending)}</Cell>
                <Cell label="Stored up to"><Ago at={stream.stored_at} empty="nothing yet" /></Cell>
                <Cell label="Gap">
                  {stream.gap ? <Badge tone="bad">{stream.gap.lost ?? "some"} lost</Badge> : <span className="soft">none</span>}
                </Cell>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Empty title={state.has_source ? "The streams are empty" : "No event stream is set"}>
          {state.has_source ? "A listener stores entries as they come." : <>Set <code>EVENTS_URL</code> to <code>redis://HOST:PORT</code> to read the events of Product Opener.</>}
        </Empty>
      )}
    </>
  );
}

const number = (value: number | null | undefined) => (typeof value === "number" ? count(value) : "?");

const WORDS: Record<EventAction, { name: string; done: string; follows: string }> = {
  replay: { name: "Replay", done: "replayed", follows: "They are read again, and their jobs are stored. Those that still cannot be read stay." },
  discard: { name: "Discard", done: "discarded", follows: "They are deleted, and no job comes of them. This cannot be undone." },
};

function Parked({ onChange }: { onChange: () => void }) {
  const [below, setBelow] = useState<number | undefined>();
  const fetched = useFetched(String(below ?? ""), () => parkedEvents(below), REFRESH_MS);
  const { ask } = useFeedback();
  const { isBusy, run } = useAction();
  const changed = () => {
    fetched.reload();
    onChange();
  };
  const changeAll = (action: EventAction) =>
    run(async () => {
      const { name, done, follows } = WORDS[action];
      const { found } = await countEvents(action);
      const what = `${name} ${plural(found, "event")}`;
      const agrees = await ask({ title: `${what}?`, text: <p>{follows}</p>, confirm: what, isDangerous: action === "discard" });
      if (!agrees) return null;
      const report = await changeAllEvents(action, found);
      changed();
      return told(report, "event", done);
    });
  const hasRows = !!fetched.value?.events.length;
  return (
    <Card
      title="Parked events"
      about="Events that could not be read: nothing happens to them until someone decides"
      tools={
        hasRows && (
          <>
            <Button isBusy={isBusy} onClick={() => void changeAll("replay")}>Replay all</Button>
            <Button isBusy={isBusy} kind="danger" onClick={() => void changeAll("discard")}>Discard all</Button>
          </>
        )
      }
    >
      <Shown of={fetched}>
        {(page) =>
          page.events.length ? (
            <table className="table wide-table">
              <thead>
                <tr>
                  <th scope="col">Event</th>
                  <th scope="col">Error</th>
                  <th scope="col">Fields</th>
                  <th scope="col">Parked</th>
                  <th scope="col"><span className="hidden">Action</span></th>
                </tr>
              </thead>
              <tbody>
                {page.events.map((event) => (
                  <ParkedRow key={event.id} event={event} onDone={changed} />
                ))}
              </tbody>
            </table>
          ) : (
            <Empty title="No parked events">Every event could be read.</Empty>
          )
        }
      </Shown>
      <Pager
        hasPrevious={below !== undefined}
        hasNext={typeof fetched.value?.next === "number"}
        first={() => setBelow(undefined)}
        next={() => setBelow(fetched.value?.next ?? undefined)}
      />
    </Card>
  );
}

function ParkedRow({ event, onDone }: { event: ParkedEvent; onDone: () => void }) {
  const { ask } = useFeedback();
  const { isBusy, run } = useAction();
  const change = (action: EventAction) =>
    run(async () => {
      if (action === "discard") {
        const title = `Discard event ${event.id}?`;
        const text = <p>It is deleted, and no job comes of it. This cannot be undone.</p>;
        if (!(await ask({ title, text, confirm: "Discard the event", isDangerous: true }))) return null;
      }
      const report = await changeEvents(action, [event.id]);
      onDone();
      return told(report, "event", WORDS[action].done);
    });
  return (
    <tr>
      <th scope="row">
        {event.stream}
        <small>#{event.id} · {event.entry ?? "no id"}</small>
      </th>
      <Cell label="Error">{event.error}</Cell>
      <Cell label="Fields" className="clip mono">{event.fields}</Cell>
      <Cell label="Parked"><Ago at={event.parked_at} /></Cell>
      <Cell label="Action" className="actions">
        <Button isBusy={isBusy} onClick={() => void change("replay")} aria-label={`Replay event ${event.id}`}>Replay</Button>
        <Button isBusy={isBusy} kind="danger" onClick={() => void change("discard")} aria-label={`Discard event ${event.id}`}>Discard</Button>
      </Cell>
    </tr>
  );
}
