import { Component, onWillStart, onWillUnmount, useExternalListener, useRef, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { useSortable } from "@web/core/utils/sortable_owl";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { UndoStack, fullestLeg, guess, legBars, matches, timeParts } from "./board_rules";
import { MoveDialog, ReasonDialog } from "./move_dialog";

const MODEL = "vas.codelivery.plan";
const TRIP = "vas.codelivery.proposal";
const UNSERVED = "vas.codelivery.unserved";
const PROGRESS_MS = 1000;
const VERSION_MS = 20000;
const PAGE = 100;
const FOLD_FROM = 5;

/**
 * The dispatcher's board: trips as lanes, unplanned orders at the left.
 *
 * Every move goes through one method of the server, whichever way it was made: by drag,
 * by menu or by keyboard. Nothing is drawn that the server has not said.
 */
export class DispatchBoard extends Component {
    static template = "vas_logistics.DispatchBoard";
    static components = { Layout, Dropdown, DropdownItem };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.bus = useService("bus_service");
        this.root = useRef("root");
        this.loading = new KeepLast();
        this.undoStack = new UndoStack();
        this.state = useState({
            data: null,
            tab: "all",
            search: "",
            shown: PAGE,
            open: null,
            folded: null,
            dragged: null,
            lifted: null,
            progress: null,
            busy: false,
            offline: !navigator.onLine,
            changes: null,
            undo: 0,
            said: "",
        });
        const saved = this.props.state?.plan_id;
        this.planId = this.props.action.params?.plan_id || saved || false;
        onWillStart(() => this.load());
        this.setUpDrag();
        useExternalListener(window, "online", () => this.setOnline(true));
        useExternalListener(window, "offline", () => this.setOnline(false));
        this.versionTimer = setInterval(() => this.lookForChanges(), VERSION_MS);
        const onChange = ({ plan_id }) => plan_id === this.planId && this.lookForChanges();
        this.bus.subscribe("vas_board", onChange);
        onWillUnmount(() => {
            clearInterval(this.versionTimer);
            clearTimeout(this.progressTimer);
            this.bus.unsubscribe("vas_board", onChange);
            this.listenTo(null);
        });
    }

    setUpDrag() {
        useSortable({
            ref: this.root,
            elements: ".o_vas_order",
            groups: ".o_vas_orders",
            connectGroups: true,
            ignore: "button, .o_vas_fixed",
            enable: () => this.canWrite && !this.env.isSmall,
            cursor: "grabbing",
            onDragStart: ({ element }) => {
                this.state.dragged = Number(element.dataset.id);
            },
            onDragEnd: () => {
                this.state.dragged = null;
            },
            onDrop: ({ element, parent }) => {
                const target = parent?.dataset.target;
                const order = Number(element.dataset.id);
                if (target && target !== this.keyOf(order)) {
                    this.move(order, this.targetOf(target));
                }
            },
        });
    }

    // ------------------------------------------------------------------
    // Data
    // ------------------------------------------------------------------

    async load(planId = this.planId) {
        const data = await this.loading.add(this.orm.call(MODEL, "get_board", [planId]));
        this.planId = data.plan?.id || false;
        this.state.data = data;
        this.state.changes = null;
        if (data.trips.length && this.state.folded === null) {
            // Many trips are looked over first; what a person chose stays.
            this.state.folded = this.env.isSmall || data.trips.length > FOLD_FROM;
        }
        this.version = data.plan?.version;
        this.listenTo(this.planId ? `vas_board_${this.planId}` : null);
        if (data.plan?.state === "running") {
            this.followProgress();
        } else {
            this.state.progress = null;
        }
    }

    /** Hear at once of what others do to this plan. */
    listenTo(channel) {
        if (channel === this.channel) {
            return;
        }
        if (this.channel) {
            this.bus.deleteChannel(this.channel);
        }
        if (channel) {
            this.bus.addChannel(channel);
        }
        this.channel = channel;
    }

    get plan() {
        return this.state.data.plan;
    }

    get trips() {
        return this.state.data.trips;
    }

    get canWrite() {
        return Boolean(
            this.plan &&
                this.plan.writable &&
                this.plan.state === "planned" &&
                !this.state.busy &&
                !this.state.offline
        );
    }

    order(id) {
        return this.state.data.orders[id];
    }

    get unplanned() {
        const { data, tab, search } = this.state;
        return data.unplanned
            .map((id) => data.orders[id])
            .filter((order) => tab === "all" || order.why)
            .filter((order) => !search || matches(order, search));
    }

    get unplannedShown() {
        return this.unplanned.slice(0, this.state.shown);
    }

    get impossibleCount() {
        return this.state.data.unplanned.filter((id) => this.order(id).why).length;
    }

    keyOf(orderId) {
        const trip = this.trips.find((candidate) => candidate.orders.includes(orderId));
        return trip ? `trip-${trip.id}` : "off";
    }

    targetOf(key) {
        const [kind, id] = key.split("-");
        return {
            trip: kind === "trip" ? Number(id) : false,
            vehicle: kind === "vehicle" ? Number(id) : false,
            position: null,
            reason: null,
        };
    }

    /** Where an order may be put: trips, unused vehicles, off all trips. */
    get targets() {
        return [
            ...this.trips
                .filter((trip) => trip.state === "proposed")
                .map((trip) => ({
                    key: `trip-${trip.id}`,
                    label: `${trip.vehicle.name} · ${trip.driver}`,
                    trip: trip.id,
                    vehicle: false,
                    stops: trip.stops,
                })),
            ...this.state.data.vehicles.map((vehicle) => ({
                key: `vehicle-${vehicle.id}`,
                label: _t("New trip: %(vehicle)s", { vehicle: vehicle.name }),
                trip: false,
                vehicle: vehicle.id,
                stops: [],
            })),
            { key: "off", label: _t("Off all trips"), trip: false, vehicle: false, stops: [] },
        ];
    }

    // ------------------------------------------------------------------
    // Moving
    // ------------------------------------------------------------------

    /** The one way an order moves. */
    async move(orderId, target, { undoing = false } = {}) {
        const order = this.order(orderId);
        const from = this.keyOf(orderId);
        const source = this.trips.find((trip) => `trip-${trip.id}` === from);
        const pinned = source ? source.pinned.includes(orderId) : true;
        this.state.busy = true;
        let answer;
        try {
            answer = await this.orm.call(
                MODEL,
                "action_move_order",
                [[this.planId], orderId, target.trip, target.position, target.vehicle],
                {
                    reason: target.reason,
                    pin: target.pin ?? true,
                    seen: {
                        ...this.seen([source?.id, target.trip]),
                        trip: source ? source.id : false,
                    },
                }
            );
        } finally {
            this.state.busy = false;
        }
        if (answer.level === "stale") {
            await this.load();
            this.say(
                _t("%(order)s stays: %(why)s The board shows it now.", {
                    order: order.name,
                    why: answer.messages.join(" "),
                }),
                "warning"
            );
            return;
        }
        if (!answer.written) {
            if (answer.level === "warning" && !undoing) {
                this.askReason(orderId, target, answer.messages);
                return;
            }
            this.say(
                _t("%(order)s stays: %(why)s", {
                    order: order.name,
                    why: answer.messages.join(" "),
                }),
                "danger"
            );
            return;
        }
        if (!undoing) {
            this.undoStack.push({
                orderId,
                trip: source ? source.id : false,
                vehicle: source ? source.vehicle.id : false,
                pin: pinned,
            });
        }
        this.state.undo = this.undoStack.size;
        await this.load();
        const place = this.trips.find((trip) => trip.id === answer.proposal_id);
        this.say(
            place
                ? _t("%(order)s is on %(vehicle)s now (%(cost)s).", {
                      order: order.name,
                      vehicle: place.vehicle.name,
                      cost: this.signedMoney(answer.cost_delta),
                  })
                : _t("%(order)s is off all trips.", { order: order.name }),
            answer.level === "warning" ? "warning" : "success"
        );
    }

    /** The versions of trips that this board shows: what was changed since is refused. */
    seen(tripIds) {
        const shown = this.trips.filter((trip) => tripIds.includes(trip.id));
        return { lanes: Object.fromEntries(shown.map((trip) => [trip.id, trip.version])) };
    }

    askReason(orderId, target, messages) {
        this.dialog.add(ReasonDialog, {
            messages,
            onReason: (reason) => this.move(orderId, { ...target, reason }),
        });
    }

    openMoveDialog(orderId) {
        this.dialog.add(MoveDialog, {
            planId: this.planId,
            order: this.order(orderId),
            targets: this.targets,
            current: this.keyOf(orderId),
            onMove: (id, target) => this.move(id, target),
        });
    }

    async undo() {
        const last = this.undoStack.pop();
        this.state.undo = this.undoStack.size;
        if (!last) {
            return;
        }
        // A trip that lost its last order is gone: its vehicle is not.
        const there = this.trips.some((trip) => trip.id === last.trip);
        await this.move(
            last.orderId,
            {
                trip: there ? last.trip : false,
                vehicle: there ? false : last.vehicle,
                position: null,
                reason: _t("Undone"),
                pin: last.pin,
            },
            { undoing: true }
        );
    }

    /** What a lane shows while an order is over it. */
    mark(trip) {
        const id = this.state.dragged || this.state.lifted?.orderId;
        if (!id) {
            return null;
        }
        const level = guess(this.order(id), trip);
        return {
            same: null,
            ok: { icon: "fa-check", css: "text-success", word: _t("Fits") },
            warning: { icon: "fa-exclamation-triangle", css: "text-warning", word: _t("Tight") },
            refused: { icon: "fa-ban", css: "text-danger", word: _t("Does not fit") },
        }[level];
    }

    // ------------------------------------------------------------------
    // Keyboard: Space lifts, arrows choose, Space drops, Escape gives up
    // ------------------------------------------------------------------

    onOrderKey(ev, orderId) {
        const { lifted } = this.state;
        if (ev.key === " " || ev.key === "Spacebar") {
            ev.preventDefault();
            if (!this.canWrite) {
                return;
            }
            if (lifted) {
                const target = this.targets[lifted.index];
                this.state.lifted = null;
                if (target.key !== this.keyOf(lifted.orderId)) {
                    this.move(lifted.orderId, this.targetOf(target.key));
                }
            } else {
                const key = this.keyOf(orderId);
                const index = Math.max(this.targets.findIndex((t) => t.key === key), 0);
                this.state.lifted = { orderId, index };
                this.announce(
                    _t("%(order)s lifted. Arrow keys choose a trip, Space drops, Escape gives up.", {
                        order: this.order(orderId).name,
                    })
                );
            }
        } else if (lifted && ["ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"].includes(ev.key)) {
            ev.preventDefault();
            const step = ["ArrowUp", "ArrowLeft"].includes(ev.key) ? -1 : 1;
            const count = this.targets.length;
            lifted.index = (lifted.index + step + count) % count;
            this.announce(this.targets[lifted.index].label);
        } else if (lifted && ev.key === "Escape") {
            ev.preventDefault();
            ev.stopPropagation();
            this.state.lifted = null;
            this.announce(_t("Given up. Nothing moved."));
        } else if (ev.key === "Enter" && ev.target === ev.currentTarget) {
            ev.preventDefault();
            if (this.canWrite) {
                this.openMoveDialog(orderId);
            }
        }
    }

    isAimed(key) {
        const { lifted } = this.state;
        return Boolean(lifted && this.targets[lifted.index]?.key === key);
    }

    announce(text) {
        this.state.said = text;
    }

    say(text, type) {
        this.announce(text);
        this.notification.add(text, { type });
    }

    // ------------------------------------------------------------------
    // Buttons
    // ------------------------------------------------------------------

    /** Call the server, then draw what it says, also when it refuses. */
    async call(model, method, args, trips = []) {
        this.state.busy = true;
        const context = { vas_board_seen: this.seen(trips.map((trip) => trip.id)) };
        try {
            await this.orm.call(model, method, args, { context });
        } finally {
            this.state.busy = false;
            await this.load();
        }
    }

    async newPlan() {
        this.state.busy = true;
        try {
            this.planId = await this.orm.call(MODEL, "create_for_board", []);
        } finally {
            this.state.busy = false;
        }
        await this.load();
        if (this.plan?.total) {
            await this.runPlanner();
        }
    }

    async runPlanner() {
        this.undoStack.clear();
        this.state.undo = 0;
        const method = this.plan.state === "planned" ? "action_replan" : "action_plan";
        await this.call(MODEL, method, [[this.planId]]);
    }

    async loadOrders() {
        await this.call(MODEL, "action_load_orders", [[this.planId]]);
    }

    stopPlanner() {
        return this.orm.call(MODEL, "action_stop", [[this.planId]]);
    }

    async followProgress() {
        clearTimeout(this.progressTimer);
        const planId = this.planId;
        const progress = await this.orm.silent.call(MODEL, "get_progress", [[planId]]);
        if (this.planId !== planId) {
            return;
        }
        if (progress.state === "running") {
            this.state.progress = progress;
            this.progressTimer = setTimeout(() => this.followProgress(), PROGRESS_MS);
        } else {
            await this.load();
        }
    }

    accept() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Accept Plan"),
            body: _t("%(trips)s trips with %(orders)s orders become batch transfers.", {
                trips: this.trips.filter((trip) => trip.state === "proposed").length,
                orders: this.plan.served,
            }),
            confirmLabel: _t("Accept"),
            confirm: () => this.call(MODEL, "action_accept", [[this.planId]], this.trips),
            cancel: () => {},
        });
    }

    acceptTrip(trip) {
        return this.call(TRIP, "action_accept", [[trip.id]], [trip]);
    }

    rejectTrip(trip) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Reject trip of %(vehicle)s?", { vehicle: trip.vehicle.name }),
            body: _t("Its orders are free for the next plan."),
            confirmLabel: _t("Reject"),
            confirm: () => this.call(TRIP, "action_reject", [[trip.id]], [trip]),
            cancel: () => {},
        });
    }

    /** Do what helps an order that is not planned; a customer's promise is asked for. */
    cure(order) {
        const { line, kind, label } = order.why;
        if (kind !== "window") {
            return this.doCure(line, order.id);
        }
        this.dialog.add(ConfirmationDialog, {
            title: label,
            body: _t("Has the customer agreed to the later hour?"),
            confirmLabel: label,
            confirm: () => this.doCure(line, order.id),
            cancel: () => {},
        });
    }

    async doCure(lineId, orderId) {
        this.state.busy = true;
        let action;
        try {
            const context = { vas_board_seen: { order: orderId, trip: false } };
            action = await this.orm.call(UNSERVED, "action_cure", [[lineId]], { context });
        } finally {
            this.state.busy = false;
            await this.load();
        }
        if (action.type === "ir.actions.act_window") {
            return this.action.doAction(action, { onClose: () => this.load() });
        }
        this.undoStack.clear();
        this.state.undo = 0;
        this.say(action.params.message, "success");
    }

    toggleLock(trip) {
        return this.call(TRIP, "action_lock", [[trip.id], !trip.locked], [trip]);
    }

    togglePin(trip, orderId) {
        const pinned = !trip.pinned.includes(orderId);
        return this.call(MODEL, "action_pin", [[this.planId], [orderId], pinned], [trip]);
    }

    openOrder(orderId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "stock.picking",
            res_id: orderId,
            views: [[false, "form"]],
            context: { form_view_ref: "vas_logistics.stock_picking_view_form_transport" },
        });
    }

    openBatch(trip) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "stock.picking.batch",
            res_id: trip.batch,
            views: [[false, "form"]],
        });
    }

    /** Ask what becomes of the trip, then draw it. */
    async breakdown(trip) {
        const action = await this.orm.call("stock.picking.batch", "action_vas_breakdown", [[trip.batch]]);
        return this.action.doAction(action, { onClose: () => this.load() });
    }

    openPlan() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: MODEL,
            res_id: this.planId,
            views: [[false, "form"]],
        });
    }

    openVehicles() {
        return this.action.doAction("vas_logistics.fleet_vehicle_action_vas");
    }

    toggleFolded() {
        this.state.folded = !this.state.folded;
        this.state.open = null;
    }

    toggleOpen(tripId) {
        this.state.open = this.state.open === tripId ? null : tripId;
    }

    // ------------------------------------------------------------------
    // Other people and the network
    // ------------------------------------------------------------------

    async lookForChanges() {
        if (!this.planId || document.hidden || this.state.offline || this.state.busy) {
            return;
        }
        const { planId, version } = this;
        const now = await this.orm.silent.call(MODEL, "get_board_version", [[planId]]);
        // What this board does itself meanwhile is drawn anyway.
        const mine = this.state.busy || this.planId !== planId || this.version !== version;
        if (!mine && now.version !== version) {
            this.state.changes = now;
            this.announce(this.changedText(now));
        }
    }

    /** Who changed a trip since it was drawn here, and when; null: nobody. */
    laneChange(trip) {
        const { changes } = this.state;
        if (!changes || changes.lanes[trip.id]?.version === trip.version) {
            return null;
        }
        return changes.lanes[trip.id] || changes;
    }

    /** Changes that no lane of this board shows: new trips, the state of the plan. */
    get boardChange() {
        const { changes } = this.state;
        return changes && !this.trips.some((trip) => this.laneChange(trip)) ? changes : null;
    }

    setOnline(online) {
        this.state.offline = !online;
        if (online) {
            this.load();
        }
    }

    // ------------------------------------------------------------------
    // Words and numbers
    // ------------------------------------------------------------------

    money(value) {
        return formatMonetary(value, { currencyId: this.plan.currency, digits: [16, 0] });
    }

    signedMoney(value) {
        return `${value > 0 ? "+" : ""}${this.money(value)}`;
    }

    number(value, digits = 0) {
        return formatFloat(value, { digits: [16, digits] });
    }

    percent(rate) {
        return `${this.number(rate * 100)} %`;
    }

    time(text, format = "HH:mm") {
        return text ? formatDateTime(deserializeDateTime(text), { format }) : "";
    }

    dayTime(text) {
        return this.time(text, "MM-dd HH:mm");
    }

    lockText(trip) {
        const user = trip.locked_by;
        return trip.locked_since
            ? _t("Locked by %(user)s since %(time)s", {
                  user,
                  time: this.dayTime(trip.locked_since),
              })
            : _t("Locked by %(user)s", { user });
    }

    lateText(minutes) {
        return _t("%(minutes)s min late", { minutes });
    }

    untilText(order) {
        return _t("until %(time)s", { time: this.dayTime(order.deliver_to) });
    }

    changedText({ user, date }) {
        return _t("Changed by %(user)s at %(time)s.", { user, time: this.time(date) });
    }

    emptyText(trip) {
        return _t("Empty way back: %(km)s km", { km: this.number(trip.empty) });
    }

    ordersText(trip) {
        const count = trip.orders.length;
        return count === 1 ? _t("1 order") : _t("%(count)s orders", { count });
    }

    get foldText() {
        return this.state.folded ? _t("Unfold Trips") : _t("Fold Trips");
    }

    get unplannedTitle() {
        return _t("Unplanned (%(count)s)", { count: this.state.data.unplanned.length });
    }

    get unservedTitle() {
        return _t("Not served (%(count)s)", { count: this.impossibleCount });
    }

    get pinTitle() {
        return _t("Pin to this vehicle");
    }

    get unpinTitle() {
        return _t("Pinned: planning again leaves it here");
    }

    bars(trip) {
        return legBars(trip, this.plan.warning);
    }

    barTitle(leg, trip) {
        return _t("Leg %(number)s, %(from)s to %(to)s: %(kg)s of %(kgMax)s kg, %(m3)s of %(m3Max)s m³", {
            number: leg.number,
            from: leg.from,
            to: leg.to,
            kg: this.number(leg.kg),
            kgMax: this.number(trip.vehicle.kg),
            m3: this.number(leg.m3, 1),
            m3Max: this.number(trip.vehicle.m3, 1),
        });
    }

    /** The fullest leg in words, with the excess if there is one. */
    peakText(trip) {
        const leg = fullestLeg(this.bars(trip));
        if (!leg) {
            return { text: _t("Empty"), css: "text-muted" };
        }
        if (leg.overKg) {
            const kg = this.number(leg.overKg);
            return {
                text: _t("Over by %(kg)s kg on leg %(leg)s", { kg, leg: leg.number }),
                css: "text-danger fw-bold",
            };
        }
        if (leg.overM3) {
            const m3 = this.number(leg.overM3, 1);
            return {
                text: _t("Over by %(m3)s m³ on leg %(leg)s", { m3, leg: leg.number }),
                css: "text-danger fw-bold",
            };
        }
        const words = { rate: this.percent(leg.top), leg: leg.number };
        return leg.level === "tight"
            ? {
                  text: _t("Nearly full: %(rate)s on leg %(leg)s", words),
                  css: "text-warning fw-bold",
              }
            : { text: _t("Peak %(rate)s on leg %(leg)s", words), css: "text-muted" };
    }

    lateness(trip) {
        return trip.stops.reduce((sum, stop) => sum + stop.late, 0);
    }

    get totalLate() {
        return this.trips.reduce((sum, trip) => sum + this.lateness(trip), 0);
    }

    statusClass(order) {
        const bad = ["problem", "cancelled", "returning", "returned"];
        if (bad.includes(order.status.code)) {
            return "text-danger";
        }
        return order.status.code === "delivered" ? "text-success" : "text-info";
    }

    stateWord(trip) {
        if (trip.batch && !trip.running) {
            return { text: _t("Finished"), css: "o_badge_color_10" };
        }
        if (trip.road) {
            return { text: _t("On the road"), css: "o_badge_color_2" };
        }
        if (trip.state === "accepted") {
            return { text: _t("Accepted"), css: "o_badge_color_10" };
        }
        return { text: _t("Proposed"), css: "o_badge_color_4" };
    }

    parts(trip) {
        const parts = timeParts(trip, (text) => deserializeDateTime(text).toMillis());
        const total = parts.reduce((sum, part) => sum + part.minutes, 0) || 1;
        return parts
            .filter((part) => part.minutes)
            .map((part) => ({
                ...part,
                style: `flex: ${part.minutes} 1 0; min-width: 4px`,
                css: part.kind === "drive" ? "o_vas_drive" : "o_vas_wait",
                title:
                    part.kind === "drive"
                        ? _t("Drive %(from)s to %(to)s: %(minutes)s min", part)
                        : _t("At %(from)s: %(minutes)s min", part),
                share: part.minutes / total,
            }));
    }

    /** The best cost against the seconds, as points of a line. */
    get curve() {
        const points = this.state.progress?.curve || [];
        if (points.length < 2) {
            return "";
        }
        const [firstX, lastX] = [points[0][0], points[points.length - 1][0]];
        const costs = points.map((point) => point[1]);
        const low = Math.min(...costs);
        const high = Math.max(...costs);
        return points
            .map(([seconds, cost]) => {
                const x = 4 + ((seconds - firstX) / (lastX - firstX || 1)) * 292;
                const y = 56 - ((cost - low) / (high - low || 1)) * 52;
                return `${x.toFixed(1)},${y.toFixed(1)}`;
            })
            .join(" ");
    }
}

registry.category("actions").add("vas_dispatch_board", DispatchBoard);
