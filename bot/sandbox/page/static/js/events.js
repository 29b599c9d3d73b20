// Live events of all people in the sandbox.
//
// A browser allows six connections to one host, and there may be more tabs. So only one tab at a time
// (the holder of a lock) listens to the server, and passes the events on to the others.

const CHANNEL = "comeback-sandbox";
const RETRY_MS = 1000;

/** Call `onEvent(event)` for each event and `onLine(up)` whenever the connection to the server opens or breaks. */
export function listen(onEvent, onLine) {
  const deliver = (notice) => ("up" in notice ? onLine(notice.up) : onEvent(notice.event));
  if (!navigator.locks) { // the page is neither at 127.0.0.1 nor https: each tab listens for itself
    connect(deliver);
    return;
  }
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", ({ data }) => deliver(data));
  navigator.locks.request(CHANNEL, () => {
    connect((notice) => {
      channel.postMessage(notice);
      deliver(notice);
    });
    return new Promise(() => {}); // the lock is ours until this tab is closed
  });
}

function connect(tell) {
  const stream = new EventSource("/sandbox/events");
  stream.addEventListener("open", () => tell({ up: true }));
  stream.addEventListener("message", ({ data }) => tell({ event: JSON.parse(data) }));
  stream.addEventListener("error", () => {
    tell({ up: false });
    stream.close(); // the browser's own retry may give up for good; ours does not
    setTimeout(() => connect(tell), RETRY_MS);
  });
}
