import {registry} from "@web/core/registry";
import {DomainField, domainField} from "@web/views/fields/domain/domain_field";

const {DateTime} = luxon;
const WORD = /^\s*period_(?:start|end)(?:\s*([+-])\s*(\d{1,4})\s*([dwmy]))?\s*$/;
const UNITS = {d: "days", w: "weeks", m: "months", y: "years"};

/**
 * Put a date where a filter says "period_end -1y". The server puts in the dates of the
 * period that is measured; here today stands for both ends, so that records can be
 * counted and looked at while the filter is being made.
 *
 * @param {any} value the value of a condition
 * @param {DateTime} today
 * @returns {any}
 */
export function resolvePeriodWords(value, today = DateTime.now()) {
    if (Array.isArray(value)) {
        return value.map((item) => resolvePeriodWords(item, today));
    }
    const found = typeof value === "string" && value.match(WORD);
    if (!found) {
        return value;
    }
    const [, sign, number, unit] = found;
    const amount = number ? Number(`${sign}${number}`) : 0;
    return today.plus({[UNITS[unit] || "days"]: amount}).toISODate();
}

/** Filter field whose dates may be words of the measured period. */
export class PeriodDomainField extends DomainField {
    getEvaluatedDomain(props = this.props) {
        const domain = super.getEvaluatedDomain(props);
        return domain.isInvalid ? domain : resolvePeriodWords(domain);
    }
}

registry.category("fields").add("vas_period_domain", {
    ...domainField,
    component: PeriodDomainField,
});
