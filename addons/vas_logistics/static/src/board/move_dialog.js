import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { KeepLast } from "@web/core/utils/concurrency";

/** "Move to trip …": the same move as by drag, with the check shown while choosing. */
export class MoveDialog extends Component {
    static template = "vas_logistics.MoveDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        planId: Number,
        order: Object,
        targets: Array,
        current: String,
        onMove: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.last = new KeepLast();
        const others = this.props.targets.filter((target) => target.key !== this.props.current);
        this.state = useState({
            target: others[0]?.key || "",
            position: "",
            check: null,
            reason: "",
        });
        onWillStart(() => this.check());
    }

    get title() {
        return _t("Move %(order)s", { order: this.props.order.name });
    }

    get target() {
        return this.props.targets.find((target) => target.key === this.state.target);
    }

    get stops() {
        return this.target?.stops || [];
    }

    afterText(stop) {
        return _t("After %(number)s. %(outlet)s", { number: stop.number, outlet: stop.outlet });
    }

    get canMove() {
        const { check, reason } = this.state;
        return (
            check &&
            (check.level === "ok" || (check.level === "warning" && reason.trim().length > 0))
        );
    }

    async onTarget(ev) {
        this.state.target = ev.target.value;
        this.state.position = "";
        await this.check();
    }

    async onPosition(ev) {
        this.state.position = ev.target.value;
        await this.check();
    }

    async check() {
        this.state.check = null;
        if (!this.target) {
            return;
        }
        this.state.check = await this.last.add(
            this.orm.call("vas.codelivery.plan", "check_move", [
                [this.props.planId],
                this.props.order.id,
                this.target.trip,
                this.state.position ? Number(this.state.position) : null,
                this.target.vehicle,
            ])
        );
    }

    async move() {
        this.props.close();
        await this.props.onMove(this.props.order.id, {
            trip: this.target.trip,
            vehicle: this.target.vehicle,
            position: this.state.position ? Number(this.state.position) : null,
            reason: this.state.reason.trim() || null,
        });
    }
}

/** Why a move against a window or the driver's hours is made all the same. */
export class ReasonDialog extends Component {
    static template = "vas_logistics.ReasonDialog";
    static components = { Dialog };
    static props = { close: Function, messages: Array, onReason: Function };

    setup() {
        this.state = useState({ reason: "" });
    }

    get title() {
        return _t("Move all the same?");
    }

    async confirm() {
        this.props.close();
        await this.props.onReason(this.state.reason.trim());
    }
}
