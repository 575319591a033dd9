// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UploadTest {
  private HttpServer proxy;
  private String says = "";

  /** Takes the whole body, then says that it was not written. */
  @BeforeEach
  void aProxyThatRefusesWhatItTook() throws IOException {
    proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    proxy.createContext(
        "/",
        call -> {
          boolean probe = call.getRequestMethod().equals("HEAD");
          call.getRequestBody().readAllBytes();
          byte[] words = says.getBytes(StandardCharsets.UTF_8);
          call.sendResponseHeaders(probe ? 200 : 500, probe ? -1 : words.length);
          if (!probe) {
            call.getResponseBody().write(words);
          }
          call.close();
        });
    proxy.start();
  }

  @AfterEach
  void stop() {
    proxy.stop(0);
  }

  @ParameterizedTest
  @CsvSource({
    "Saving stream failed: no space left on device, volume-too-small, REFUSED",
    "Saving stream failed: disk quota exceeded, volume-too-small, REFUSED",
    "Saving stream failed: input/output error, upload-answered-500, TRANSIENT"
  })
  void aVolumeThatIsFullIsRefusedByTheWordsOfTheAnswer(String words, String code, Problem.Kind kind)
      throws IOException {
    says = words;
    URI at = URI.create("http://127.0.0.1:" + proxy.getAddress().getPort());
    try (Upload upload = new Upload(CdiSettings.Upload.of(at, null), "shop/disk", "token")) {
      upload.open().write(new byte[4096]);

      assertThatThrownBy(upload::finish)
          .isInstanceOfSatisfying(
              CopyFault.class,
              fault -> {
                assertThat(fault.problem().code()).isEqualTo(code);
                assertThat(fault.problem().kind()).isEqualTo(kind);
                assertThat(fault.problem().what()).contains("answered 500", words);
              });
    }
  }
}
