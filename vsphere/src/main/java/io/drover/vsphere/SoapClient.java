// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ws.Argument;
import com.vmware.vim25.ws.Client;
import com.vmware.vim25.ws.XmlGen;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManager;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;

/**
 * Carries SOAP calls for yavijava's stubs, in place of that library's own clients: it reads answers
 * of any API version, keeps each vCenter's trust apart, waits no longer than told, and never sends
 * a request twice that could change anything.
 */
final class SoapClient implements Client, Closeable {
  private static final String NETWORK =
      "See whether the server is well, and what a firewall or proxy on the way there does.";
  private static final Duration OLDEST_IDLE = Duration.ofSeconds(20);
  private static final int MOST_IDLE = 32;

  /** Nobody is left alone for longer, in seconds, whatever a server or a gateway asks for. */
  private static final long LONGEST_REST = 300;

  private static final Pattern ONLY_READS =
      Pattern.compile("(Retrieve|Continue|Query|Find|CurrentTime|HasPrivilege|HttpNfcLeaseGet).*");

  private static final Pattern NO_WWNS =
      Pattern.compile("<npivDesired(Node|Port)Wwns[^>]*>0</npivDesired(Node|Port)Wwns>");

  private final URI url;
  private final TrustedSockets sockets;
  private final ConcurrentLinkedDeque<HttpConnection> idle = new ConcurrentLinkedDeque<>();
  private final Set<HttpConnection> busy = ConcurrentHashMap.newKeySet();
  private volatile String cookie = "";
  private volatile String soapAction = "urn:vim25/6.0";
  private volatile boolean closed;

  SoapClient(URI url, TrustedSockets sockets) {
    this.url = url;
    this.sockets = sockets;
  }

  String cookie() {
    return cookie;
  }

  /** Speaks this version from now on, so that the server shows all that it knows. */
  void speak(String apiVersion) {
    soapAction = "urn:vim25/" + apiVersion;
  }

  void forgetCookie() {
    cookie = "";
  }

  @Override
  public @Nullable Object invoke(String method, Argument[] arguments, String returnType) {
    VimData answer = call(method, arguments, Duration.ZERO);
    return returnType == null ? null : VimBinder.result(returnType, answer);
  }

  /**
   * One call, answered as sent.
   *
   * @param expectedWait how long the server may wait on purpose before it answers
   * @throws VSphereFault what the server or the connection said
   */
  VimData call(String method, Argument[] arguments, Duration expectedWait) {
    byte[] body = marshall(method, arguments).getBytes(StandardCharsets.UTF_8);
    Duration patience = sockets.readTimeout().plus(expectedWait);
    boolean reads = ONLY_READS.matcher(method).matches();
    HttpConnection connection = borrow(reads);
    boolean fresh = connection == null;
    if (connection == null) {
      connection = connect();
    }
    try {
      return exchange(connection, method, body, patience);
    } catch (IOException e) {
      boolean again = !fresh && reads && !connection.answering() && !isTimeout(e) && !closed;
      release(connection);
      if (!again) {
        throw broken(method, e, patience);
      }
    }
    // An idle connection that the server had closed: a call that only reads may be sent again.
    HttpConnection second = connect();
    try {
      return exchange(second, method, body, patience);
    } catch (IOException e) {
      release(second);
      throw broken(method, e, patience);
    }
  }

  private VimData exchange(HttpConnection connection, String method, byte[] body, Duration patience)
      throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Host", url.getRawAuthority());
    headers.put("User-Agent", "drover");
    headers.put("Content-Type", "text/xml; charset=utf-8");
    headers.put("SOAPAction", '"' + soapAction + '"');
    if (!cookie.isEmpty()) {
      headers.put("Cookie", cookie);
    }
    connection.send("POST", url.getRawPath(), headers, body);
    HttpConnection.Answer answer = connection.receive(patience);
    answer
        .header("set-cookie")
        .lines()
        .filter(set -> set.startsWith("vmware_soap_session"))
        .findFirst()
        .ifPresent(set -> {
          int semicolon = set.indexOf(';');
          cookie = semicolon < 0 ? set : set.substring(0, semicolon);
        });
    if (answer.status() != 200 && answer.status() != 500) {
      release(connection);
      throw refused(method, answer);
    }
    VimData data;
    try (InputStream in = answer.body()) {
      data = VimReader.body(in);
      drain(in);
    } catch (XMLStreamException e) {
      if (e.getNestedException() instanceof IOException io) {
        throw io;
      }
      release(connection);
      throw new VSphereFault(
              VSphereFault.Kind.PROTOCOL,
              url.getHost() + " answered " + method + " with something that is not SOAP",
              "Check that the URL is that of a vCenter's SDK, such as https://vcenter/sdk",
              e)
          .withUnknownOutcome();
    }
    release(connection);
    if (data.name().equals("Fault")) {
      throw fault(method, data);
    }
    return data;
  }

  private static void drain(InputStream in) throws IOException {
    byte[] rest = new byte[4096];
    while (in.read(rest) >= 0) {
      // What follows the envelope is white space at most.
    }
  }

  private VSphereFault refused(String method, HttpConnection.Answer answer) {
    int status = answer.status();
    if (status == 502 || status == 503 || status == 504) {
      String after = answer.header("retry-after");
      return new VSphereFault(
              VSphereFault.Kind.UNAVAILABLE,
              url.getHost() + " is not ready (HTTP " + status + " to " + method + ")",
              "It may be starting; try again later")
          .withRetryAfter(
              after.matches("[0-9]{1,6}")
                  ? Duration.ofSeconds(Math.min(Long.parseLong(after), LONGEST_REST))
                  : null);
    }
    if (status == 401 || status == 403) {
      return VSphereFault.named("NotAuthenticated", method + " was refused, HTTP " + status);
    }
    return new VSphereFault(
        VSphereFault.Kind.PROTOCOL,
        url.getHost() + " answered " + method + " with HTTP " + status,
        "Check that the URL is that of a vCenter's SDK, such as https://vcenter/sdk");
  }

  private static VSphereFault fault(String method, VimData fault) {
    String said = fault.text("faultstring");
    for (VimData detail : fault.at("detail").parts()) {
      String type = detail.type();
      if (type.isEmpty() && detail.name().endsWith("Fault")) {
        type = detail.name().substring(0, detail.name().length() - "Fault".length());
      }
      if (!type.isEmpty()) {
        return VSphereFault.named(
            type, method + ": " + (said.isBlank() ? "refused" : said), detail);
      }
    }
    return new VSphereFault(
        VSphereFault.Kind.OTHER, method + ": " + (said.isBlank() ? "refused" : said), "");
  }

  private VSphereFault broken(String method, IOException e, Duration patience) {
    String where = url.getHost();
    if (closed || Thread.currentThread().isInterrupted()) {
      return new VSphereFault(
              VSphereFault.Kind.CANCELLED, method + " to " + where + " was interrupted", "", e)
          .withUnknownOutcome();
    }
    if (isTimeout(e)) {
      return new VSphereFault(
              VSphereFault.Kind.TIMEOUT,
              where + " did not answer " + method + " within " + patience.toSeconds() + " s",
              NETWORK,
              e)
          .withUnknownOutcome();
    }
    return new VSphereFault(
            VSphereFault.Kind.UNREACHABLE,
            "The connection to " + where + " broke during " + method + ": " + e.getMessage(),
            NETWORK,
            e)
        .withUnknownOutcome();
  }

  private static boolean isTimeout(IOException e) {
    return e instanceof SocketTimeoutException;
  }

  /** An idle connection; one that is not only for reading is looked at closely. */
  private @Nullable HttpConnection borrow(boolean reads) {
    for (HttpConnection each = idle.pollFirst(); each != null; each = idle.pollFirst()) {
      if ((reads && each.fresh()) || each.alive(OLDEST_IDLE)) {
        busy.add(each);
        return each;
      }
      each.close();
    }
    return null;
  }

  private HttpConnection connect() {
    if (closed) {
      throw new VSphereFault(
          VSphereFault.Kind.CANCELLED, "The session with " + url.getHost() + " was closed", "");
    }
    boolean secure = "https".equals(url.getScheme());
    int port = url.getPort() < 0 ? (secure ? 443 : 80) : url.getPort();
    java.net.Socket socket = sockets.open(url.getHost(), port, secure);
    try {
      HttpConnection made = new HttpConnection(new SocketWire(socket));
      busy.add(made);
      return made;
    } catch (IOException e) {
      TrustedSockets.close(socket);
      throw broken("connect", e, sockets.readTimeout());
    }
  }

  private void release(HttpConnection connection) {
    if (!busy.remove(connection)) {
      return;
    }
    if (connection.reusable() && !closed && idle.size() < MOST_IDLE) {
      connection.idle();
      idle.addFirst(connection);
    } else {
      connection.close();
    }
  }

  /** Breaks every call under way; each ends with CANCELLED. */
  @Override
  public void close() {
    closed = true;
    busy.forEach(HttpConnection::close);
    for (HttpConnection each = idle.pollFirst(); each != null; each = idle.pollFirst()) {
      each.close();
    }
  }

  @Override
  public String marshall(String method, Argument[] arguments) {
    String xml = XmlGen.toXML(method, arguments, " xmlns=\"urn:vim25\">");
    // The library takes two optional numbers for mandatory ones and would ask for 0 new WWNs.
    return xml.contains("npivDesired") ? NO_WWNS.matcher(xml).replaceAll("") : xml;
  }

  @Override
  public URL getBaseUrl() {
    try {
      return url.toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException("An endpoint's URL is https", e);
    }
  }

  @Override
  public String getCookie() {
    return cookie;
  }

  @Override
  public String getVimNameSpace() {
    return "urn:vim25";
  }

  @Override
  public int getConnectTimeout() {
    return 0;
  }

  @Override
  public int getReadTimeout() {
    return TrustedSockets.millis(sockets.readTimeout());
  }

  @Override
  public @Nullable TrustManager getTrustManager() {
    return null;
  }

  @Override
  public void setSoapActionOnApiVersion(String apiVersion) {
    speak(apiVersion);
  }

  @Override
  public StringBuffer invokeAsString(String method, Argument[] arguments) {
    throw notUsed();
  }

  @Override
  public void setBaseUrl(URL url) {
    throw notUsed();
  }

  @Override
  public void setCookie(String cookie) {
    throw notUsed();
  }

  @Override
  public void setVimNameSpace(String nameSpace) {
    throw notUsed();
  }

  @Override
  public void setConnectTimeout(int millis) {
    throw notUsed();
  }

  @Override
  public void setReadTimeout(int millis) {
    throw notUsed();
  }

  @Override
  public Object unMarshall(String returnType, InputStream in) {
    throw notUsed();
  }

  @Override
  public StringBuffer readStream(InputStream in) {
    throw notUsed();
  }

  private static UnsupportedOperationException notUsed() {
    return new UnsupportedOperationException("yavijava's stubs call only invoke");
  }
}
