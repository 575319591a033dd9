// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** How a TCP probe reaches a guest. */
@FunctionalInterface
public interface Reach {
  /** Whether a TCP connection to this address and port is accepted now. */
  boolean accepts(String address, int port);

  /** A plain TCP connection from here, two seconds long at most. */
  static Reach direct() {
    return (address, port) -> {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(address, port), 2000);
        return true;
      } catch (IOException e) {
        return false;
      }
    };
  }
}
