from datetime import UTC, timedelta

from odoo import models

# Gaps shorter than a minute are how a calendar writes midnight.
JOIN_HOURS = 1 / 60


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _get_vas_openings(self, start, hours):
        """When each calendar works, holidays and lunch taken out, for a plan.

        :param start: naive UTC; hours are counted from it
        :return: ``{calendar: ((opens, closes), …)}``; one that always works is missing
        """
        begin = start.replace(tzinfo=UTC)
        end = begin + timedelta(hours=hours)
        result = {}
        for calendar in self:
            if calendar.flexible_hours:
                continue
            merged = []
            for opens, closes, _lines in calendar._work_intervals_batch(begin, end)[
                False
            ]:
                first, last = (
                    round((moment - begin).total_seconds()) / 3600
                    for moment in (opens, closes)
                )
                # A day that ends at midnight goes on with the next one.
                if merged and first - merged[-1][1] < JOIN_HOURS:
                    merged[-1] = merged[-1][0], last
                else:
                    merged.append((first, last))
            if merged and merged[0][0] < JOIN_HOURS > hours - merged[0][1]:
                continue
            result[calendar] = tuple(merged)
        return result
