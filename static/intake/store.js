/* The tablet's own database (IndexedDB). A write is over only when it is on the disk ("strict"); several stores are written at once or not at all.

   kept       the tablet itself: device, sealed token, who is on shift, counters, figures
   queue      entries that the server has not named yet, sealed to the server's key
   journal    the same entries readable, sealed under the shift's key, to show what waits
   view       who is here: households, people, stays, sealed under the shift's key
   residents  the residents' list of the shelter's areas, in pages, sealed under the shift's key
   draft      the open form, sealed under the shift's key */

const NAME = "intake";
const VERSION = 1;
const STORES = ["kept", "queue", "journal", "view", "residents", "draft"];
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      for (const store of STORES) {
        if (!asked.result.objectStoreNames.contains(store)) asked.result.createObjectStore(store);
      }
    };
    asked.onsuccess = () => {
      asked.result.onclose = () => (opened = null);
      asked.result.onversionchange = () => {
        asked.result.close();
        opened = null;
      };
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  }).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

/* `work(of)` asks for stores by name and only puts, adds or deletes; what it returns is the answer. */
export async function write(stores, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const step = database.transaction(stores, "readwrite", { durability: "strict" });
    let answer;
    step.oncomplete = () => resolve(answer);
    step.onabort = () => reject(step.error ?? new Error("nothing was written"));
    try {
      answer = work((name) => step.objectStore(name));
    } catch (error) {
      step.abort();
      reject(error);
    }
  });
}

export async function get(store, key) {
  return asked(store, (found) => found.get(key));
}

export async function values(store) {
  return asked(store, (found) => found.getAll());
}

export async function entries(store) {
  const [keys, found] = await Promise.all([asked(store, (one) => one.getAllKeys()), values(store)]);
  return keys.map((key, place) => [key, found[place]]);
}

export async function count(store) {
  return asked(store, (found) => found.count());
}

export async function put(store, key, value) {
  return write([store], (of) => void of(store).put(value, key));
}

export async function remove(store, key) {
  return write([store], (of) => void of(store).delete(key));
}

/* Adds to a number and gives its old value, in one transaction: no two pages get the same. */
export async function advance(key, by, first = 0) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const step = database.transaction(["kept"], "readwrite", { durability: "strict" });
    const store = step.objectStore("kept");
    let before = first;
    const read = store.get(key);
    read.onsuccess = () => {
      before = read.result ?? first;
      store.put(before + by, key);
    };
    step.oncomplete = () => resolve(before);
    step.onabort = () => reject(step.error ?? new Error("nothing was written"));
  });
}

async function asked(store, question) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const request = question(database.transaction([store], "readonly").objectStore(store));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
