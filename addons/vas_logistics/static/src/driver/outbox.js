/**
 * Reports that wait for the network, in the order in which they were made.
 *
 * Each report carries a key made here; the server counts a key once, so sending again
 * after a lost answer does no harm. One request at a time: the next report is not sent
 * before the one ahead of it is settled. What the server refuses for good is taken out
 * and handed to the page, so that one bad report does not block the others.
 */
export class Outbox {
    /**
     * @param {{load: () => Promise<Object[]>, save: (items: Object[]) => Promise<void>}} store
     * @param {(item: Object) => Promise<{settled: boolean, refused?: string, answer?: Object}>} send
     * @param {{onChange?: Function, onAnswer?: Function, onRefused?: Function, newKey?: () => string}} hooks
     */
    constructor(store, send, hooks = {}) {
        this.store = store;
        this.send = send;
        this.hooks = hooks;
        this.items = [];
        this.sending = false;
    }

    /** Take up what an earlier visit left behind. */
    async start() {
        this.items = (await this.store.load()) || [];
        this.changed();
        await this.flush();
    }

    get size() {
        return this.items.length;
    }

    /** Keep a report safe on the phone first, then try to send it. */
    async add(report) {
        const item = { ...report, key: this.newKey(), date: report.date || Date.now() };
        this.items.push(item);
        await this.store.save(this.items);
        this.changed();
        await this.flush();
        return item;
    }

    /** Send what waits, oldest first, until one does not get through. */
    async flush() {
        if (this.sending) {
            return;
        }
        this.sending = true;
        try {
            while (this.items.length) {
                const item = this.items[0];
                const result = await this.send(item);
                if (!result.settled) {
                    break;
                }
                this.items.shift();
                await this.store.save(this.items);
                this.changed();
                if (result.refused) {
                    this.hooks.onRefused?.(item, result.refused);
                }
                if (result.answer) {
                    this.hooks.onAnswer?.(result.answer, this.items);
                }
            }
        } finally {
            this.sending = false;
        }
    }

    changed() {
        this.hooks.onChange?.(this.items.length);
    }

    newKey() {
        if (this.hooks.newKey) {
            return this.hooks.newKey();
        }
        const bytes = crypto.getRandomValues(new Uint8Array(16));
        return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }
}
