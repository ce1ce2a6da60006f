# OmniAuth OpenID Connect over Rack, with private_key_jwt.
require 'json'
require 'openssl'
require 'rack'
require 'webrick'
require 'omniauth'
require 'omniauth_openid_connect'

PORT = ENV.fetch('PORT')
BASE = "http://127.0.0.1:#{PORT}"
KEY = OpenSSL::PKey::RSA.new(File.read(ENV.fetch('KEY_FILE')))

# The gem's HTTP client has a trust store of its own.
OpenIDConnect.http_config { |config| config.ssl_config.add_trust_ca(ENV.fetch('CA_FILE')) }

# CIS2 wants the kid in the assertion, and a JWK brings it; options would turn the JWK into a plain hash.
class Cis2 < OmniAuth::Strategies::OpenIDConnect
  def client
    @client ||= super.tap do |client|
      client.private_key = JSON::JWK.new(KEY, kid: ENV.fetch('KID'))
    end
  end
end

OmniAuth.config.allowed_request_methods = %i[get post]
OmniAuth.config.silence_get_warning = true
OmniAuth.config.logger = Logger.new($stderr)

ended = {}

application = lambda do |env|
  request = Rack::Request.new(env)
  session = env['rack.session']
  case request.path
  when '/auth/cis2/callback'
    token = JSON::JWT.decode(env['omniauth.auth'].credentials.id_token, :skip_verification)
    session['sub'] = env['omniauth.auth'].uid
    session['sid'] = token['sid']
    [303, { 'Location' => '/me' }, []]
  when '/auth/failure'
    [400, { 'Content-Type' => 'text/plain' }, [request.params['message'].to_s]]
  when '/me'
    signed_in = session['sub'] && !ended[session['sid']]
    signed_in ? [200, { 'Content-Type' => 'text/plain' }, ["signed in: #{session['sub']}"]] : [401, {}, []]
  when '/backchannel-logout'
    keys = OpenIDConnect::Discovery::Provider::Config.discover!(ENV.fetch('ISSUER')).jwks
    token = JSON::JWT.decode(request.params['logout_token'], keys)
    ended[token['sid']] = true
    [200, { 'Cache-Control' => 'no-store' }, []]
  else
    [404, {}, []]
  end
end

app = Rack::Builder.new do
  use Rack::Session::Cookie, secret: 'a secret of at least sixty-four characters, for this test and nothing else at all'
  use Cis2,
      name: 'cis2',
      issuer: ENV.fetch('ISSUER'),
      discovery: true,
      scope: %i[openid profile],
      client_auth_method: :jwt_bearer,
      client_options: {
        identifier: ENV.fetch('CLIENT_ID'),
        redirect_uri: "#{BASE}/auth/cis2/callback"
      }
  run application
end

Rack::Handler::WEBrick.run(
  app, Host: '127.0.0.1', Port: PORT.to_i, AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN)
)
