"""What one would write to judge the last two minutes: pymysql, a join within ten seconds, a threshold, smtplib at hand."""

import os
import smtplib  # noqa: F401  pylint: disable=unused-import  # as a mail would need it
import time

import pymysql

WINDOW, LIMIT = 10, 0.5


def main():
    database = pymysql.connect(host=os.environ["MYSQL_HOST"], port=int(os.environ["MYSQL_PORT"]), user=os.environ["MYSQL_USER"],
                               password=os.environ["MYSQL_PASSWORD"], database=os.environ["MYSQL_DATABASE"])
    since = time.time() - 120
    with database.cursor() as cursor:
        cursor.execute("SELECT timestamp, response_time_ms, error_rate FROM hyphenmon_metrics WHERE timestamp >= %s", (since,))
        samples = cursor.fetchall()
        cursor.execute("SELECT name, lastvalue, lastclock FROM zabbix_items WHERE lastclock >= %s", (since,))
        items = cursor.fetchall()
    for timestamp, _, error_rate in samples:
        around = [item for item in items if abs(item[2] - timestamp) <= WINDOW]
        if error_rate > LIMIT:
            print(timestamp, error_rate, around)


main()
