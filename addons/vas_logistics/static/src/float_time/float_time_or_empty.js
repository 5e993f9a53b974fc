import { registry } from "@web/core/registry";
import { FloatTimeField, floatTimeField } from "@web/views/fields/float_time/float_time_field";

/** A time that may be missing: nothing is shown then, not midnight. */
export class FloatTimeOrEmptyField extends FloatTimeField {
    get formattedValue() {
        return this.props.record.data[this.props.name] ? super.formattedValue : "";
    }
}

registry.category("fields").add("vas_float_time_or_empty", {
    ...floatTimeField,
    component: FloatTimeOrEmptyField,
});
