// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import javax.net.ssl.SSLSocketFactory;

/**
 * Makes sockets that can be closed while a write hangs: without SO_LINGER a TLS socket of the JDK
 * waits for that write to say that it closes.
 */
final class AbruptSockets extends SSLSocketFactory {
  private final SSLSocketFactory factory;

  AbruptSockets(SSLSocketFactory factory) {
    this.factory = factory;
  }

  private static Socket abrupt(Socket socket) throws SocketException {
    socket.setSoLinger(true, 1);
    return socket;
  }

  @Override
  public Socket createSocket() throws IOException {
    return abrupt(factory.createSocket());
  }

  @Override
  public Socket createSocket(Socket under, String host, int port, boolean close)
      throws IOException {
    return abrupt(factory.createSocket(under, host, port, close));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return abrupt(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress own, int ownPort)
      throws IOException {
    return abrupt(factory.createSocket(host, port, own, ownPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return abrupt(factory.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress own, int ownPort)
      throws IOException {
    return abrupt(factory.createSocket(host, port, own, ownPort));
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return factory.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return factory.getSupportedCipherSuites();
  }
}
