import { reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

export const FAST_PERIOD = 1000;
export const SLOW_PERIOD = 30000;

/**
 * One timer for all promise clocks of the page: every second while any of them is within
 * the hour, else every half minute, not at all while the tab is hidden.
 */
export const slaTickerService = {
    start() {
        const state = reactive({ now: Date.now() / 1000 });
        const clients = new Map();
        let handle = null;
        let period = 0;

        function tick() {
            state.now = Date.now() / 1000;
        }

        function schedule() {
            const wanted =
                !clients.size || document.visibilityState === "hidden"
                    ? 0
                    : [...clients.values()].some((fast) => fast)
                      ? FAST_PERIOD
                      : SLOW_PERIOD;
            if (wanted === period) {
                return;
            }
            if (handle !== null) {
                browser.clearInterval(handle);
                handle = null;
            }
            period = wanted;
            if (period) {
                handle = browser.setInterval(tick, period);
            }
        }

        document.addEventListener("visibilitychange", () => {
            tick();
            schedule();
        });

        return {
            state,
            /** Say that `client` shows a clock that ticks; `fast`: every second. */
            set(client, fast) {
                if (clients.get(client) !== fast) {
                    clients.set(client, fast);
                    schedule();
                }
            },
            remove(client) {
                if (clients.delete(client)) {
                    schedule();
                }
            },
            get period() {
                return period;
            },
        };
    },
};

registry.category("services").add("vas_sla_ticker", slaTickerService);
