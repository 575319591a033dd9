// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A vSphere client of a few lines: envelopes out, text back, nothing understood. So tests see what
 * is really on the wire.
 */
final class PlainSoap {
  private final LabVCenter vcenter;
  private final SSLContext tls;
  private @Nullable String cookie;
  private String action = "urn:vim25/8.0.3.0";

  PlainSoap(LabVCenter vcenter) {
    this.vcenter = vcenter;
    try {
      tls = SSLContext.getInstance("TLS");
      tls.init(null, new TrustManager[] {new Anyone()}, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Anyone implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** An answer. */
  record Answer(int status, String text) {
    /** The text of the first element of that name; empty if there is none. */
    String first(String element) {
      Matcher m = Pattern.compile("<" + element + "( [^>]*)?>([^<]*)<").matcher(text);
      return m.find() ? m.group(2) : "";
    }

    int count(String part) {
      return text.split(Pattern.quote(part), -1).length - 1;
    }
  }

  PlainSoap speaking(String soapAction) {
    action = soapAction;
    return this;
  }

  PlainSoap login() throws IOException {
    Answer in = login(vcenter.user(), vcenter.password());
    if (in.status() != 200) {
      throw new IOException(in.text());
    }
    return this;
  }

  Answer login(String user, String password) throws IOException {
    return call(
        "SessionManager",
        "SessionManager",
        "Login",
        "<userName>" + user + "</userName><password>" + password + "</password>");
  }

  /** Calls a method on an object. */
  Answer call(String type, String value, String method, String arguments) throws IOException {
    return post(
        "<?xml version=\"1.0\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
            + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soapenv:Body><"
            + method
            + " xmlns=\"urn:vim25\"><_this type=\""
            + type
            + "\">"
            + value
            + "</_this>"
            + arguments
            + "</"
            + method
            + "></soapenv:Body></soapenv:Envelope>");
  }

  Answer post(String envelope) throws IOException {
    HttpURLConnection c = open("POST", vcenter.url());
    c.setRequestProperty("SOAPAction", "\"" + action + "\"");
    c.setRequestProperty("Content-Type", "text/xml; charset=utf-8");
    c.setDoOutput(true);
    // a fixed length keeps the JDK from sending a POST twice when the connection breaks
    byte[] bytes = envelope.getBytes(StandardCharsets.UTF_8);
    c.setFixedLengthStreamingMode(bytes.length);
    c.getOutputStream().write(bytes);
    return read(c);
  }

  /** Any other request; the path is below the server's root. */
  Answer http(String method, String path, String body) throws IOException {
    HttpURLConnection c = open(method, vcenter.url().resolve(path));
    if (!body.isEmpty()) {
      c.setDoOutput(true);
      c.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }
    return read(c);
  }

  /** A download, to be read by the caller. */
  InputStream get(URI url) throws IOException {
    return open("GET", url).getInputStream();
  }

  private HttpURLConnection open(String method, URI url) throws IOException {
    HttpsURLConnection c = (HttpsURLConnection) url.toURL().openConnection();
    c.setSSLSocketFactory(tls.getSocketFactory());
    c.setHostnameVerifier((host, session) -> true);
    c.setRequestMethod(method);
    c.setReadTimeout((int) Duration.ofSeconds(30).toMillis());
    if (cookie != null) {
      c.setRequestProperty("Cookie", cookie);
    }
    return c;
  }

  private Answer read(HttpURLConnection c) throws IOException {
    int status = c.getResponseCode();
    String set = c.getHeaderField("Set-Cookie");
    if (set != null) {
      cookie = set.substring(0, set.indexOf(';'));
    }
    try (InputStream in = status >= 400 ? c.getErrorStream() : c.getInputStream()) {
      return new Answer(
          status, in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
