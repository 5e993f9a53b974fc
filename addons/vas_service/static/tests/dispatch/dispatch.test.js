import { describe, expect, test } from "@odoo/hoot";
import { queryAll, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

describe.current.tags("desktop");

class Worker extends models.Model {
    _name = "worker";
    percent = fields.Integer();
    words = fields.Char();
    state = fields.Selection({
        selection: [
            ["free", "Free"],
            ["over", "Overloaded"],
        ],
    });
    verdicts = fields.Json();
    _records = [
        {
            id: 1,
            percent: 150,
            words: "6 of 4, overloaded",
            state: "over",
            verdicts: [
                { name: "Area", words: "covered", points: 20, weight: 20, excluded: false },
                { name: "Way", words: "7.2 km", points: 13.04, weight: 15, excluded: false },
                { name: "On duty", words: "on duty", points: 0, weight: 0, excluded: false },
                {
                    name: "Skills",
                    words: "skill missing: ATM 2",
                    points: 0,
                    weight: 20,
                    excluded: true,
                },
            ],
        },
        { id: 2, percent: 0, words: "", state: "free", verdicts: false },
    ];
}

defineMailModels();
defineModels([Worker]);

const ARCH = `<form>
    <field name="percent" widget="vas_capacity_bar"
        options="{'state_field': 'state', 'words_field': 'words'}"/>
    <field name="verdicts" widget="vas_verdicts"/>
</form>`;

test("an overload is said in words and does not leave the bar", async () => {
    await mountView({ type: "form", resModel: "worker", resId: 1, arch: ARCH });
    const bar = queryFirst(".o_vas_capacity_bar [role='progressbar']");
    expect(bar.getAttribute("aria-valuetext")).toBe("6 of 4, overloaded");
    expect(bar.getAttribute("aria-valuenow")).toBe("100");
    expect(queryFirst(".o_vas_capacity_bar .progress-bar").style.width).toBe("100%");
    expect(".o_vas_capacity_bar .progress-bar.bg-danger").toHaveCount(1);
    expect(".o_vas_load_words").toHaveText("6 of 4, overloaded");
});

test("without words the bar says how much is used", async () => {
    await mountView({ type: "form", resModel: "worker", resId: 2, arch: ARCH });
    expect(".o_vas_load_words").toHaveText("0 percent used");
    expect(".o_vas_capacity_bar .bg-success").toHaveCount(1);
    expect(".o_vas_verdicts li").toHaveCount(0);
});

test("every criterion shows its points, what excludes is marked in words", async () => {
    await mountView({ type: "form", resModel: "worker", resId: 1, arch: ARCH });
    expect(queryAllTexts(".o_vas_verdict_points")).toEqual([
        "20/20",
        "13/15",
        "✓",
        "excluded",
    ]);
    expect(queryAll(".o_vas_verdicts li.text-danger")).toHaveCount(1);
    expect(".o_vas_verdicts li.text-danger").toHaveText(/skill missing: ATM 2/);
});
