// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabLease;
import io.drover.lab.vcenter.faults.LabFaults;
import io.drover.lab.vcenter.soap.LabUser;
import io.drover.lab.vcenter.soap.VimService;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A vCenter on loopback: the vSphere API over HTTPS at /sdk, the disks of export leases at /nfc,
 * and a hand for tests at /lab. It shows a {@link LabEstate}, which outlives it.
 */
public final class LabVCenter implements AutoCloseable {
  private static final int MAX_REQUEST = 8 << 20;

  static {
    // answers are small and each is waited for: without this each costs the delay of an
    // acknowledgement
    if (System.getProperty("sun.net.httpserver.nodelay") == null) {
      System.setProperty("sun.net.httpserver.nodelay", "true");
    }
  }

  private final LabEstate estate;
  private final Options options;
  private final LabTls tls;
  private final HttpsServer server;
  private final LabRest rest;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile VimService service;
  private volatile long downUntil;

  /**
   * Settings of a lab vCenter.
   *
   * @param user the administrator
   * @param moreUsers others who may log in
   * @param sessionIdle how long a session may be idle
   * @param maxChangedAreas most areas in an answer of QueryChangedDiskAreas, as ESXi has about 2000
   * @param wildcardHost whether lease URLs have "*" for a host, as a host that is asked directly
   *     writes them
   * @param expiredCertificate whether its certificate is out of date
   */
  public record Options(
      LabUser user,
      List<LabUser> moreUsers,
      Duration sessionIdle,
      int maxChangedAreas,
      boolean wildcardHost,
      boolean expiredCertificate) {
    public Options {
      moreUsers = List.copyOf(moreUsers);
    }

    /** An administrator whose password is made up at start, sessions of 30 minutes. */
    public static Options defaults() {
      byte[] secret = new byte[12];
      new java.security.SecureRandom().nextBytes(secret);
      return new Options(
          LabUser.administrator(
              "administrator@vsphere.local", java.util.HexFormat.of().formatHex(secret)),
          List.of(),
          Duration.ofMinutes(30),
          2000,
          false,
          false);
    }

    public Options withUser(LabUser administrator) {
      return new Options(
          administrator, moreUsers, sessionIdle, maxChangedAreas, wildcardHost, expiredCertificate);
    }

    public Options alsoUser(LabUser another) {
      List<LabUser> more = new ArrayList<>(moreUsers);
      more.add(another);
      return new Options(
          user, more, sessionIdle, maxChangedAreas, wildcardHost, expiredCertificate);
    }

    public Options withSessionIdle(Duration idle) {
      return new Options(user, moreUsers, idle, maxChangedAreas, wildcardHost, expiredCertificate);
    }

    public Options withMaxChangedAreas(int most) {
      return new Options(user, moreUsers, sessionIdle, most, wildcardHost, expiredCertificate);
    }

    public Options withWildcardHost() {
      return new Options(user, moreUsers, sessionIdle, maxChangedAreas, true, expiredCertificate);
    }

    public Options withExpiredCertificate() {
      return new Options(user, moreUsers, sessionIdle, maxChangedAreas, wildcardHost, true);
    }
  }

  private LabVCenter(LabEstate estate, Options options) throws IOException {
    this.estate = estate;
    this.options = options;
    this.tls = LabTls.create(options.expiredCertificate());
    this.server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 64);
    this.service = newService();
    this.rest = new LabRest(estate.tags(), users());
    server.createContext("/rest", rest);
    server.createContext("/api", rest);
    server.setHttpsConfigurator(new HttpsConfigurator(tls.context()));
    server.setExecutor(threads);
    server.createContext("/sdk", this::sdk);
    server.createContext("/nfc", new NfcStream(estate));
    server.createContext("/lab", new LabControl(this));
    server.start();
  }

  /** Starts one that shows the estate. */
  public static LabVCenter start(LabEstate estate, Options options) {
    try {
      return new LabVCenter(estate, options);
    } catch (IOException e) {
      throw new UncheckedIOException("The lab vCenter needs a free port on loopback", e);
    }
  }

  /** Starts one with default options. */
  public static LabVCenter start(LabEstate estate) {
    return start(estate, Options.defaults());
  }

  private List<LabUser> users() {
    List<LabUser> users = new ArrayList<>(options.moreUsers());
    users.addFirst(options.user());
    return users;
  }

  private VimService newService() {
    String host = options.wildcardHost() ? "*" : "127.0.0.1";
    return new VimService(
        estate,
        new VimService.Settings(users(), options.sessionIdle(), options.maxChangedAreas()),
        () ->
            new LabLease.Server(
                "https://" + host + ":" + server.getAddress().getPort(), tls.sha1()));
  }

  // ---- what others need

  /** Where the API is, ending in /sdk. */
  public URI url() {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort() + "/sdk");
  }

  public String user() {
    return options.user().name();
  }

  public String password() {
    return options.user().password();
  }

  /** SHA-256 of the server's certificate, AA:BB:… */
  public String sha256Thumbprint() {
    return tls.sha256();
  }

  /** SHA-1 of the server's certificate, AA:BB:…, as leases name it. */
  public String sha1Thumbprint() {
    return tls.sha1();
  }

  /** The certificate of the authority, PEM, for clients that trust one rather than a thumbprint. */
  public String caPem() {
    return tls.caPem();
  }

  /** The world it shows. */
  public LabEstate estate() {
    return estate;
  }

  public LabFaults faults() {
    return estate.faults();
  }

  /** Names of all methods that it serves; any other is answered with MethodNotFound. */
  public java.util.Set<String> methods() {
    return service.methods();
  }

  /** Ends all sessions and their leases, as an idle timeout would. */
  public void endAllSessions() {
    service.endSessions();
  }

  /** How many are logged in. */
  public int sessionCount() {
    return service.sessionCount();
  }

  /**
   * Restarts the vCenter: all sessions, collectors and views are gone; tasks, leases and the world
   * are not, for they live on the hosts.
   *
   * @param down for how long every request is answered with 503
   */
  public void restart(Duration down) {
    downUntil = System.nanoTime() + down.toNanos();
    VimService old = service;
    service = newService();
    rest.forgetAll();
    old.stop();
  }

  // ---- HTTP

  private void sdk(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/sdk/vimServiceVersions.xml")) {
        send(exchange, 200, "text/xml", versions());
        return;
      }
      if (!exchange.getRequestMethod().equals("POST")
          || !(path.equals("/sdk") || path.equals("/sdk/") || path.equals("/sdk/vimService"))) {
        exchange.sendResponseHeaders(exchange.getRequestMethod().equals("POST") ? 404 : 405, -1);
        return;
      }
      if (System.nanoTime() < downUntil) {
        unavailable(exchange);
        return;
      }
      byte[] body = body(exchange);
      if (body == null) {
        exchange.sendResponseHeaders(413, -1);
        return;
      }
      VimService.Caller caller =
          new VimService.Caller(
              NfcStream.cookie(exchange),
              exchange.getRequestHeaders().getFirst("SOAPAction"),
              exchange.getRemoteAddress().getAddress().getHostAddress());
      VimService.Reply reply = service.answer(new ByteArrayInputStream(body), caller);
      if (reply.status() == 0) {
        // closing the exchange without an answer breaks the connection
        return;
      }
      if (reply.status() == 503) {
        unavailable(exchange);
        return;
      }
      if (reply.setCookie() != null) {
        exchange
            .getResponseHeaders()
            .set(
                "Set-Cookie",
                "vmware_soap_session=\"" + reply.setCookie() + "\"; Path=/; HttpOnly; Secure; ");
      }
      send(exchange, reply.status(), "text/xml; charset=utf-8", reply.body());
    }
  }

  private static void unavailable(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Retry-After", "1");
    send(exchange, 503, "text/plain", "503 Service Unavailable");
  }

  static byte @Nullable [] body(HttpExchange exchange) throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      byte[] body = in.readNBytes(MAX_REQUEST + 1);
      return body.length > MAX_REQUEST ? null : body;
    }
  }

  static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  private static String versions() {
    return """
    <?xml version="1.0" encoding="UTF-8"?>
    <namespaces version="1.0">
     <namespace>
      <name>urn:vim25</name>
      <version>8.0.3.0</version>
      <priorVersions>
       <version>8.0.2.0</version><version>8.0.1.0</version><version>8.0.0.0</version><version>7.0.3.0</version>\
    <version>7.0</version><version>6.7</version><version>6.5</version><version>6.0</version>
      </priorVersions>
     </namespace>
    </namespaces>
    """;
  }

  /** Stops serving. The estate goes on; its owner closes it. */
  @Override
  public void close() {
    service.stop();
    server.stop(0);
    threads.shutdownNow();
  }
}
