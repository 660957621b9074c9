// Does what a script says and nothing else: the connections, queries and requests of a cron run,
// without the run. What it takes is the floor for a program that uses the same client libraries.
//
// The script, on standard input, is a row of records `KIND CONNECTION LENGTH\nBYTES\n`:
//   C  open the connection of this number (MYSQL_* in the environment, as the programs take them)
//   Q  send BYTES as a text query and read its result
//   P  prepare BYTES as a statement, and close it at once
//   G  GET the URL in BYTES (only in the variant with libcurl)

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#ifdef PROBE_WITH_CURL
#include <curl/curl.h>
#endif

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::unique_ptr<sql::Connection> Connect(sql::Driver& driver) {
  sql::ConnectOptionsMap options;
  options["hostName"] = sql::SQLString(Variable("MYSQL_HOST"));
  options["port"] = std::atoi(Variable("MYSQL_PORT").c_str());
  options["userName"] = sql::SQLString(Variable("MYSQL_USER"));
  options["password"] = sql::SQLString(Variable("MYSQL_PASSWORD"));
  options["schema"] = sql::SQLString(Variable("MYSQL_DATABASE"));
  options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  options["sslVerify"] = false;
  return std::unique_ptr<sql::Connection>(driver.connect(options));
}

void Query(sql::Connection& connection, const std::string& text) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  if (!statement->execute(text)) return;
  const std::unique_ptr<sql::ResultSet> result(statement->getResultSet());
  while (result->next()) {
  }
}

#ifdef PROBE_WITH_CURL
std::size_t Swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

void Get(const std::string& url) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL* const handle = curl_easy_init();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, Swallow);
  const CURLcode done = initialised == CURLE_OK ? curl_easy_perform(handle) : initialised;
  curl_easy_cleanup(handle);
  if (done != CURLE_OK) throw sql::SQLException(curl_easy_strerror(done));
}
#else
void Get(const std::string&) { throw sql::SQLException("built without libcurl"); }
#endif

void Play(std::istream& script) {
  std::map<int, std::unique_ptr<sql::Connection>> connections;
  char kind = 0;
  int number = 0;
  std::size_t length = 0;
  while (script >> kind >> number >> length) {
    script.ignore();
    std::string text(length, '\0');
    script.read(text.data(), static_cast<std::streamsize>(length));
    if (kind == 'C') connections[number] = Connect(*get_driver_instance());
    if (kind == 'Q') Query(*connections.at(number), text);
    if (kind == 'P') delete connections.at(number)->prepareStatement(text);
    if (kind == 'G') Get(text);
  }
}

}  // namespace

int main() {
  try {
    Play(std::cin);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "probe: %s\n", error.what());
    return 1;
  }
}
