// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that answers each SOAP method as a test tells it to, and remembers what was asked. */
final class ScriptedVCenter implements AutoCloseable {
  private static final Pattern METHOD = Pattern.compile("<soapenv:Body><([A-Za-z_]+)");

  private static final AtomicInteger MADE = new AtomicInteger();

  /** Of this server alone: the next one may get its port, where this password was refused. */
  private final String password = "p<&>" + MADE.incrementAndGet();

  private final HttpServer server;
  private final Map<String, Function<String, Reply>> answers = new ConcurrentHashMap<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  final List<String> actions = new CopyOnWriteArrayList<>();

  /** What to send. */
  record Reply(int status, String body, Map<String, String> headers) {}

  ScriptedVCenter() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/sdk",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          Matcher matcher = METHOD.matcher(body);
          String method = matcher.find() ? matcher.group(1) : "?";
          calls.add(method);
          actions.add(exchange.getRequestHeaders().getFirst("SOAPAction"));
          Reply reply = answers.getOrDefault(method, any -> ok("")).apply(body);
          reply.headers().forEach(exchange.getResponseHeaders()::set);
          byte[] bytes = reply.body().replace("%METHOD%", method).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
          if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
          }
          exchange.close();
        });
    server.start();
    on(
        "RetrieveServiceContent",
        "<returnval><rootFolder type=\"Folder\">group-d1</rootFolder>"
            + "<propertyCollector type=\"PropertyCollector\">pc</propertyCollector>"
            + "<viewManager type=\"ViewManager\">vm</viewManager>"
            + "<sessionManager type=\"SessionManager\">sm</sessionManager>"
            + "<customFieldsManager type=\"CustomFieldsManager\">cf</customFieldsManager>"
            + "<about><name>x</name><fullName>x</fullName><version>8.0.3</version><build>1</build>"
            + "<apiType>VirtualCenter</apiType><apiVersion>8.0.3.0</apiVersion>"
            + "<instanceUuid>u-1</instanceUuid></about></returnval>");
    on("Login", "<returnval><key>s-1</key><userName>u</userName></returnval>");
  }

  /** Answers this method with this content of the answer. */
  ScriptedVCenter on(String method, String content) {
    return on(method, any -> ok(content));
  }

  /** Answers this method by what was asked. */
  ScriptedVCenter on(String method, Function<String, Reply> answer) {
    answers.put(method, answer);
    return this;
  }

  static Reply ok(String content) {
    return new Reply(
        200,
        "<?xml version=\"1.0\"?><soapenv:Envelope"
            + " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
            + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>"
            + "<%METHOD%Response xmlns=\"urn:vim25\">"
            + content
            + "</%METHOD%Response></soapenv:Body></soapenv:Envelope>",
        Map.of());
  }

  static Reply fault(String type, String said) {
    return new Reply(
        500,
        "<?xml version=\"1.0\"?><soapenv:Envelope"
            + " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
            + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>"
            + "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>"
            + said
            + "</faultstring><detail><"
            + type
            + "Fault xmlns=\"urn:vim25\" xsi:type=\""
            + type
            + "\"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>",
        Map.of());
  }

  long called(String method) {
    return calls.stream().filter(method::equals).count();
  }

  VSphereEndpoint endpoint() {
    return new VSphereEndpoint(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
        "u",
        password::toCharArray,
        Trust.system());
  }

  VSphere connect() {
    return VSphere.connect(endpoint());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
