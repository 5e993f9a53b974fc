/**
 * Which of the openings of a place matter on a day, in the phone's time zone.
 *
 * @param {string[][]} hours pairs of moments in UTC, as the server writes them
 * @param {Date} date the day to show; with `today`, also the moment to ask about
 * @param {boolean} today whether to say that the place is closed at `date`
 * @returns {{spans: Date[][], closed: boolean, opens: Date | null}} the openings that
 *  touch the day; `opens`: when it opens next, if it is closed now
 */
export function loadingHours(hours, date, today) {
    const moments = hours.map((span) =>
        span.map((text) => new Date(`${text.replace(" ", "T")}Z`))
    );
    const first = new Date(date.getTime());
    first.setHours(0, 0, 0, 0);
    const next = new Date(first.getTime());
    next.setDate(next.getDate() + 1);
    const spans = moments.filter(([from, to]) => from < next && to > first);
    const closed = today && !moments.some(([from, to]) => from <= date && date < to);
    const later = closed ? moments.find(([from]) => from > date) : null;
    return { spans, closed, opens: later ? later[0] : null };
}
