"""What one would write to store one reading of an application: requests and pymysql."""

import os

import pymysql
import requests


def main():
    sample = requests.get(os.environ["HYPHENMON_URL"], timeout=5).json()
    database = pymysql.connect(host=os.environ["MYSQL_HOST"], port=int(os.environ["MYSQL_PORT"]), user=os.environ["MYSQL_USER"],
                               password=os.environ["MYSQL_PASSWORD"], database=os.environ["MYSQL_DATABASE"])
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES (%s, %s, %s)",
                       (sample["timestamp"], sample["response_time_ms"], sample["error_rate"]))
    database.commit()


main()
