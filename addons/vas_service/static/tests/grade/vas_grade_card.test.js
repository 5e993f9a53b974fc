import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { contains, defineModels, fields, mockService, models, mountView } from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";

describe.current.tags("desktop");

const CARD = {
    state: "graded",
    letter: "B",
    word: "Fairly important",
    rank: 2,
    points: "13",
    max: "16",
    since: "01/01/2026",
    until: "",
    review: "01/01/2027",
    override: false,
    change: "▼ down from 14 points (A)",
    criteria: [
        { id: 1, name: "Goods amount", points: "3", max: "4", percent: 75, value: "¥ 2", rule: "≥ 2" },
        { id: 2, name: "Receivable", points: "4", max: "4", percent: 100, value: "¥ 1", rule: "≤ 1" },
    ],
    reasons: ["13 of 16 points: Fairly important is ≥ 12 and < 14."],
    history: [
        { id: 1, date: "01/01/2025", points: 14, label: "14", letter: "A" },
        { id: 2, date: "01/01/2026", points: 13, label: "13", letter: "B" },
    ],
    treatment: { id: 1, name: "Major customer B", lines: [["Shipping priority", "2"]], overdue: true },
    assessment_id: 7,
    pending: false,
};

class Customer extends models.Model {
    _name = "customer";
    card = fields.Json();
    _records = [
        { id: 1, card: CARD },
        {
            id: 2,
            card: {
                ...CARD,
                state: "never",
                letter: "–",
                word: "Not yet assessed",
                points: "",
                since: "",
                review: "",
                change: false,
                criteria: [],
                history: [],
                assessment_id: false,
                pending: { id: 9, text: "An assessment waits." },
            },
        },
    ];
}

defineMailModels();
defineModels([Customer]);

const open = (resId) =>
    mountView({
        type: "form",
        resModel: "customer",
        resId,
        arch: `<form><field name="card" widget="vas_grade_card" nolabel="1"/></form>`,
    });

test("a graded customer: letter, points, bars with numbers, treatment", async () => {
    await open(1);
    expect(".o_vas_grade_letter").toHaveText("B");
    expect(".o_vas_grade_letter").toHaveAttribute("data-rank", "2");
    expect(".o_vas_grade_points").toHaveText("13 / 16 points");
    expect(queryAllTexts(".o_vas_grade_reasons li")).toEqual(CARD.reasons);
    expect(queryAllTexts(".o_vas_grade_criteria tbody tr td:nth-child(3)")).toEqual(["3 / 4", "4 / 4"]);
    expect(queryFirst(".o_vas_grade_bar > div").style.width).toBe("75%");
    expect(".o_vas_grade_treatment").toHaveText(/Major customer B[\s\S]*overdue/);
    expect(".o_vas_grade_history svg").toHaveAttribute(
        "aria-label",
        "01/01/2025: 14 (A); 01/01/2026: 13 (B)"
    );
});

test("the assessment behind the grade opens", async () => {
    mockService("action", {
        doAction(action) {
            expect.step([action.res_model, action.res_id]);
        },
    });
    await open(1);
    await contains("button:contains(See assessment)").click();
    expect.verifySteps([["vas.assessment", 7]]);
});

test("a customer without a grade says so and shows what waits", async () => {
    await open(2);
    expect(".o_vas_grade_word").toHaveText("Not yet assessed");
    expect(".o_vas_grade_points").toHaveCount(0);
    expect(".o_vas_grade_criteria").toHaveCount(0);
    expect(".o_vas_grade_history").toHaveCount(0);
    expect(".o_vas_grade_pending").toHaveText(/An assessment waits/);
    expect("button:contains(See assessment)").toHaveCount(0);
});
